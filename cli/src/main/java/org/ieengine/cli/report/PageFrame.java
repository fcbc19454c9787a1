package org.ieengine.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What every page of the program has around its content: one HTML file with style and script inside, well-formed XML, that opens
 * without a network. The script sorts tables and saves figures; without it everything can still be read.
 */
final class PageFrame {
    private PageFrame() {}

    /**
     * The whole file, to be written as UTF-8.
     *
     * @param title of the window
     * @param content what stands on the page, finished
     */
    static String html(String title, Markup content) {
        Markup html = new Markup();
        html.open("html", "lang", "en").line().open("head");
        html.leaf("meta", "charset", "utf-8").line();
        html.leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .line();
        html.leaf("meta", "name", "color-scheme", "content", "light dark").line();
        html.element("title", title).line();
        html.open("style", "id", "palette").resource(resource("palette.css")).close();
        html.open("style", "id", "figure-rules")
                .resource(resource("figure.css"))
                .close();
        html.open("style").resource(resource("report.css")).close().close().line();
        html.open("body").open("main").line();
        html.add(content);
        html.close().line();
        html.open("script").resource(resource("report.js")).close();
        return "<!DOCTYPE html>\n" + html.close().close().finish() + "\n";
    }

    /** A text of this package in the jar. */
    static String resource(String name) {
        try (InputStream in = PageFrame.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program's jar lacks " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
