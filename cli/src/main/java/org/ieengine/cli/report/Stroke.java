package org.ieengine.cli.report;

/**
 * How a line is drawn; colours, which differ in light and dark, are in the style sheet under the same names.
 *
 * @param style classes in the style sheet, separated by a space
 * @param marker the sign at each point
 */
record Stroke(String style, Marker marker) {
    /** The run itself. */
    static final Stroke MODEL = new Stroke("model", Marker.CIRCLE);
    /** A second quantity of the run. */
    static final Stroke SECOND = new Stroke("second", Marker.TRIANGLE);
    /** A twin with random weights. */
    static final Stroke UNTRAINED = new Stroke("untrained", Marker.SQUARE);
    /** Shuffled sequences, or a third quantity. */
    static final Stroke SHUFFLED = new Stroke("shuffled", Marker.DIAMOND);
    /** A line among several of the same kind that is not the leading one. */
    static final Stroke PLAIN = new Stroke("plain", Marker.NONE);
    /** The exact value: what cannot be exceeded. */
    static final Stroke CEILING = new Stroke("ceiling", Marker.NONE);

    /** How many runs have a colour of their own. */
    static final int COLOURS = 8;

    private static final int DASHES = 4;
    private static final Marker[] SIGNS = {Marker.CIRCLE, Marker.SQUARE, Marker.DIAMOND, Marker.TRIANGLE};

    /** One of several runs, counted from 0: eight colours, then the same ones dashed; signs change with the colour. */
    static Stroke run(int index) {
        int dash = index / COLOURS % DASHES;
        String colour = "run-" + (index % COLOURS + 1);
        return new Stroke(dash == 0 ? colour : colour + " dash-" + dash, SIGNS[(index + dash) % SIGNS.length]);
    }

    /** The exact value of one of several runs: its colour, thin and dotted. */
    static Stroke runCeiling(int index) {
        return new Stroke("of-run run-" + (index % COLOURS + 1), Marker.NONE);
    }

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

    /** The same line without signs at its points. */
    Stroke withoutSigns() {
        return new Stroke(style, Marker.NONE);
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
