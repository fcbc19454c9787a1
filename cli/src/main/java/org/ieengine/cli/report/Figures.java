package org.ieengine.cli.report;

/** Puts drawings with their captions side by side, as many as fit. */
final class Figures {
    private final Markup html = new Markup();
    private boolean empty = true;

    Figures(String style) {
        html.open("div", "class", style);
    }

    /** Adds a plot of lines; nothing when it has no point. */
    Figures add(LinePlot plot, String heading, String caption) {
        return plot.drawable() ? add(plot.svg(), heading, caption) : this;
    }

    /** Adds a map; nothing when it has no value. */
    Figures add(HeatMap map, String heading, String caption) {
        return map.drawable() ? add(map.svg(), heading, caption) : this;
    }

    /** Adds a drawing under a heading, with a sentence beneath; either may be null. */
    Figures add(Markup drawing, String heading, String caption) {
        empty = false;
        html.open("figure");
        if (heading != null) {
            html.element("h3", heading);
        }
        html.add(drawing);
        if (caption != null) {
            html.element("figcaption", caption);
        }
        html.close().line();
        return this;
    }

    /** Whether nothing could be drawn. */
    boolean isEmpty() {
        return empty;
    }

    /** The figures. */
    Markup html() {
        return html.close();
    }
}
