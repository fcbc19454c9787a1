package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Locale;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.TextTable;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.MemoryPlan.Place;

/** The plan of a run for a person and as a JSON document. */
public final class PlanText {
    /** Value of the key {@code format} of the JSON document. */
    static final String FORMAT = "ie-engine/plan/1";

    private PlanText() {}

    /** One line: bytes and time. */
    static String line(MemoryPlan plan) {
        return "plan: " + Figures.bytes(plan.bytes(Place.BACKEND)) + " of " + memory(plan) + " and "
                + Figures.bytes(plan.bytes(Place.HEAP)) + " of Java heap, about " + Figures.seconds(plan.seconds());
    }

    /** The whole plan as text. */
    public static String text(MemoryPlan plan) {
        TextTable table = new TextTable();
        for (Place place : Place.values()) {
            boolean heap = place == Place.HEAP;
            long room = heap ? plan.capacity().heapBytes() : plan.capacity().backendBytes();
            String name = heap ? "Java heap (-Xmx)" : memory(plan);
            table.row(name, Figures.bytes(plan.bytes(place)), "of " + Figures.bytes(room) + source(plan, heap));
            for (MemoryPlan.Item item : plan.items()) {
                if (item.place() == place) {
                    table.row("  " + item.name(), Figures.bytes(item.bytes()), "");
                }
            }
        }
        if (!plan.times().isEmpty()) {
            table.row("time, about", Figures.seconds(plan.seconds()), "");
        }
        for (MemoryPlan.Time time : plan.times()) {
            table.row("  " + time.name(), Figures.seconds(time.seconds()), "");
        }
        return table.toString();
    }

    private static String source(MemoryPlan plan, boolean heap) {
        String option = plan.capacity().device() ? " (--device-memory)" : " (--memory)";
        return heap ? "" : plan.capacity().capped() ? option : " that are free";
    }

    private static String memory(MemoryPlan plan) {
        return plan.capacity().device() ? "device memory" : "memory";
    }

    /** Prints the plan. */
    static void print(MemoryPlan plan, boolean json, PrintStream out) {
        if (json) {
            JsonOutput.print(document(plan), out);
        } else {
            out.print(text(plan));
        }
    }

    private static ObjectNode document(MemoryPlan plan) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT).put("fits", plan.fits()).put("advice", plan.advice());
        root.put("backend_bytes", plan.bytes(Place.BACKEND))
                .put("backend_capacity_bytes", plan.capacity().backendBytes());
        root.put("heap_bytes", plan.bytes(Place.HEAP))
                .put("heap_capacity_bytes", plan.capacity().heapBytes());
        root.put("seconds", plan.seconds()).put("batch_rows", plan.batchRows());
        root.put("uploads_ahead", plan.uploadsAhead())
                .put("device", plan.capacity().device());
        ArrayNode items = root.putArray("items");
        plan.items().forEach(item -> items.addObject()
                .put("name", item.name())
                .put("bytes", item.bytes())
                .put("place", item.place().name().toLowerCase(Locale.ROOT)));
        ArrayNode times = root.putArray("times");
        plan.times().forEach(time -> times.addObject().put("name", time.name()).put("seconds", time.seconds()));
        return root;
    }
}
