package org.ieengine.cli.option;

import java.util.List;

/**
 * Options that belong together in the usage.
 *
 * @param title its heading
 * @param options in the order in which they are shown
 */
public record OptionGroup(String title, List<OptionSpec> options) {
    /** A group of these options. */
    public static OptionGroup of(String title, OptionSpec... options) {
        return new OptionGroup(title, List.of(options));
    }
}
