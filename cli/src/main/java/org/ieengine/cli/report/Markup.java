package org.ieengine.cli.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Builds HTML and SVG that is also well-formed XML. Every text and attribute value that passes through is escaped here, once, so
 * that nothing from a file can become markup. Characters that XML cannot hold are replaced by U+FFFD.
 */
final class Markup {
    private final StringBuilder written = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Opens an element; attributes are name, value, name, value. A null value leaves its attribute out. */
    Markup open(String tag, String... attributes) {
        startTag(tag, attributes);
        written.append('>');
        open.push(tag);
        return this;
    }

    /** Closes the element opened last. */
    Markup close() {
        written.append("</").append(open.pop()).append('>');
        return this;
    }

    /** An element without content: an SVG shape, or one of the void elements of HTML. */
    Markup leaf(String tag, String... attributes) {
        startTag(tag, attributes);
        written.append("/>");
        return this;
    }

    /** An element that holds text alone. */
    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /** Text, escaped. */
    Markup text(String text) {
        escape(text);
        return this;
    }

    /** A line break, for a source that can be read. */
    Markup line() {
        written.append('\n');
        return this;
    }

    /** A finished piece. */
    Markup add(Markup piece) {
        written.append(piece.finish());
        return this;
    }

    /** Text of our own resources (style, script) that holds no markup characters and is written as it is. */
    Markup resource(String trusted) {
        if (trusted.indexOf('<') >= 0 || trusted.indexOf('&') >= 0) {
            throw new IllegalArgumentException("style and script of the page may not hold < or &");
        }
        written.append(trusted);
        return this;
    }

    /**
     * What was written.
     *
     * @throws IllegalStateException if an element is still open
     */
    String finish() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("still open: " + open);
        }
        return written.toString();
    }

    private void startTag(String tag, String... attributes) {
        written.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            if (attributes[i + 1] != null) {
                written.append(' ').append(attributes[i]).append("=\"");
                escape(attributes[i + 1]);
                written.append('"');
            }
        }
    }

    private void escape(String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> written.append("&amp;");
                case '<' -> written.append("&lt;");
                case '>' -> written.append("&gt;");
                case '"' -> written.append("&quot;");
                case '\'' -> written.append("&#39;");
                default -> written.appendCodePoint(allowed(c) ? c : 0xFFFD);
            }
        });
    }

    private static boolean allowed(int c) {
        if (c < 0x20) {
            return c == '\t' || c == '\n' || c == '\r';
        }
        boolean control = c >= 0x7F && c <= 0x9F;
        boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
        boolean direction = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
        return !control && !surrogate && !direction && c != 0xFFFE && c != 0xFFFF;
    }
}
