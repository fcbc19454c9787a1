package org.ieengine.cli.report;

/** How a line is drawn; colours, which differ in light and dark, are in the style sheet under the same names. */
enum Stroke {
    /** The run itself. */
    MODEL("model", Marker.CIRCLE),
    /** A second quantity of the run. */
    SECOND("second", Marker.TRIANGLE),
    /** A twin with random weights. */
    UNTRAINED("untrained", Marker.SQUARE),
    /** Shuffled sequences, or a third quantity. */
    SHUFFLED("shuffled", Marker.DIAMOND),
    /** A line among several of the same kind that is not the leading one. */
    PLAIN("plain", Marker.NONE),
    /** The exact value: what cannot be exceeded. */
    CEILING("ceiling", Marker.NONE);

    /** The sign at each point, so that lines can be told apart without colour. */
    enum Marker {
        /** No sign. */
        NONE,
        /** A disc. */
        CIRCLE,
        /** A square. */
        SQUARE,
        /** A triangle. */
        TRIANGLE,
        /** A diamond. */
        DIAMOND
    }

    private final String style;
    private final Marker marker;

    Stroke(String style, Marker marker) {
        this.style = style;
        this.marker = marker;
    }

    /** Name of the class in the style sheet. */
    String style() {
        return style;
    }

    /** Adds the sign of one point. */
    void mark(Markup svg, double x, double y, String note) {
        double r = 3.6;
        switch (marker) {
            case NONE -> {
                if (note == null) {
                    return;
                }
                svg.open("circle", at(x, y, 5, "hover"));
            }
            case CIRCLE -> svg.open("circle", at(x, y, r, "dot " + style));
            case SQUARE -> svg.open("path", path(x, y, "-3.3,-3.3", "6.6,0", "0,6.6", "-6.6,0"));
            case TRIANGLE -> svg.open("path", path(x, y, "0,-4.4", "4.2,7.4", "-8.4,0", ""));
            case DIAMOND -> svg.open("path", path(x, y, "0,-4.8", "4.8,4.8", "-4.8,4.8", "-4.8,-4.8"));
            default -> throw new IllegalStateException(marker.name());
        }
        if (note != null) {
            svg.element("title", note);
        }
        svg.close();
    }

    private String[] at(double x, double y, double r, String styles) {
        return new String[] {
            "class",
            styles,
            "cx",
            NumberText.coordinate(x),
            "cy",
            NumberText.coordinate(y),
            "r",
            NumberText.coordinate(r)
        };
    }

    private String[] path(double x, double y, String start, String... steps) {
        StringBuilder d = new StringBuilder("M" + NumberText.coordinate(x) + "," + NumberText.coordinate(y));
        d.append('m').append(start);
        for (String step : steps) {
            if (!step.isEmpty()) {
                d.append('l').append(step);
            }
        }
        return new String[] {"class", "dot " + style, "d", d.append('z').toString()};
    }
}
