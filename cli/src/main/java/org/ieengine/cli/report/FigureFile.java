package org.ieengine.cli.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A drawing as a file of its own: an SVG document with its size, its title and its style inside. Colours are those of light
 * pages, written out (drawing programs and typesetters do not resolve the variables of a page), on a white ground: on paper that
 * is what lies beneath anyway, and on a dark page dark text without a ground could not be read.
 */
public final class FigureFile {
    private static final Pattern START =
            Pattern.compile("\\A<svg viewBox=\"0 0 ([0-9.]+) ([0-9.]+)\"([^>]*)>", Pattern.DOTALL);
    private static final Pattern VALUE = Pattern.compile("(--[a-z0-9-]+):\\s*([^;]+);");
    private static final Pattern USE = Pattern.compile("var\\((--[a-z0-9-]+)\\)");
    private static final String FONT =
            "svg { font-family: Helvetica, Arial, \"Liberation Sans\", \"DejaVu Sans\", sans-serif; }\n";

    /** White space around the drawing, so that labels at its edge are not cut. */
    private static final double MARGIN = 8;

    private FigureFile() {}

    /**
     * The whole file, to be written as UTF-8.
     *
     * @param drawing one of this package's drawings: an {@code svg} element whose view begins at 0, 0
     * @param title what the figure shows, one line; null for the description that the drawing carries
     * @throws IllegalArgumentException if it is no such drawing
     */
    static String svg(Markup drawing, String title) {
        String inline = drawing.finish();
        Matcher start = START.matcher(inline);
        if (!start.find()) {
            throw new IllegalArgumentException("a drawing starts with an svg element and its view");
        }
        double width = Double.parseDouble(start.group(1)) + 2 * MARGIN;
        double height = Double.parseDouble(start.group(2)) + 2 * MARGIN;
        Markup head = new Markup();
        if (title != null) {
            head.element("title", title);
        }
        head.open("style").resource(style()).close();
        head.leaf(
                "rect",
                "x",
                NumberText.coordinate(-MARGIN),
                "y",
                NumberText.coordinate(-MARGIN),
                "width",
                NumberText.coordinate(width),
                "height",
                NumberText.coordinate(height),
                "fill",
                "#ffffff");
        String view = NumberText.coordinate(-MARGIN) + " " + NumberText.coordinate(-MARGIN) + " "
                + NumberText.coordinate(width) + " " + NumberText.coordinate(height);
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\""
                + NumberText.coordinate(width) + "\" height=\"" + NumberText.coordinate(height) + "\" viewBox=\"" + view
                + "\"" + start.group(3) + ">" + head.finish() + inline.substring(start.end()) + "\n";
    }

    /** The rules for drawings with every colour written out. */
    private static String style() {
        Map<String, String> values = new LinkedHashMap<>();
        Matcher value = VALUE.matcher(PageFrame.resource("palette.css"));
        while (value.find()) {
            values.put(value.group(1), value.group(2).strip());
        }
        values.put("--paper", "#ffffff");
        String rules = PageFrame.resource("figure.css");
        return FONT
                + USE.matcher(rules).replaceAll(use -> {
                    String written = values.get(use.group(1));
                    if (written == null) {
                        throw new IllegalStateException("the palette lacks " + use.group(1));
                    }
                    return written;
                });
    }
}
