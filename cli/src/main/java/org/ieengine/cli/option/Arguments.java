package org.ieengine.cli.option;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.commons.cli.CommandLine;

/** Options and words as they were given, read as what they should be. Every reading that fails names the option. */
public final class Arguments {
    private static final String ESCAPES = "ntr\\";
    private static final String ESCAPED = "\n\t\r\\";

    private final OptionTable table;
    private final CommandLine parsed;

    Arguments(OptionTable table, CommandLine parsed) {
        this.table = table;
        this.parsed = parsed;
    }

    /** Whether the option was given. */
    public boolean has(String name) {
        return parsed.hasOption(known(name));
    }

    /** Whether the verb has such an option at all. */
    public boolean offers(String name) {
        return table.find(name).isPresent();
    }

    /** Words that are no options, in order. */
    public List<String> words() {
        return parsed.getArgList();
    }

    /**
     * Refuses words that are no options.
     *
     * @throws UsageException naming the first
     */
    public void noWords() {
        if (!words().isEmpty()) {
            throw new UsageException(words().get(0), "unexpected word: an option starts with --");
        }
    }

    /**
     * The value of an option.
     *
     * @throws UsageException when it is given but empty
     */
    public Optional<String> text(String name) {
        String value = parsed.getOptionValue(known(name));
        if (value != null && value.isBlank()) {
            throw new UsageException("--" + name, "its value is empty");
        }
        return Optional.ofNullable(value);
    }

    /**
     * The value of an option as characters, white space included, with the escapes {@code \n}, {@code \t}, {@code \r} and
     * {@code \\} resolved.
     *
     * @throws UsageException when it is given but of no characters, or holds another escape
     */
    public Optional<String> characters(String name) {
        String value = parsed.getOptionValue(known(name));
        if (value == null) {
            return Optional.empty();
        }
        if (value.isEmpty()) {
            throw new UsageException("--" + name, "its value is empty");
        }
        StringBuilder characters = new StringBuilder();
        int at = 0;
        while (at < value.length()) {
            char character = value.charAt(at++);
            if (character != '\\') {
                characters.append(character);
                continue;
            }
            int escape = at < value.length() ? ESCAPES.indexOf(value.charAt(at++)) : -1;
            if (escape < 0) {
                throw new UsageException(
                        "--" + name, "'" + value + "' holds a \\ that begins none of \\n, \\t, \\r and \\\\");
            }
            characters.append(ESCAPED.charAt(escape));
        }
        return Optional.of(characters.toString());
    }

    /**
     * The value of an option that must be there.
     *
     * @throws UsageException when it is not
     */
    public String required(String name) {
        return text(name)
                .orElseThrow(() -> new UsageException(
                        "--" + name,
                        "required: " + table.find(name).map(OptionSpec::written).orElseThrow()));
    }

    /** The value of an option as a path. */
    public Optional<Path> path(String name) {
        return text(name).map(value -> path("--" + name, value));
    }

    /**
     * A word as a path.
     *
     * @param option what the fault names
     * @throws UsageException when the system has no such path, e.g. for letters that the locale cannot write
     */
    public static Path path(String option, String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException fault) {
            throw new UsageException(
                    option, value + " cannot be a path here (" + fault.getReason() + "; try LC_ALL=C.UTF-8)", fault);
        }
    }

    /** The value of an option as an integer from {@code least} to {@code most}. */
    public OptionalInt integer(String name, int least, int most) {
        OptionalLong value = integer64(name, least, most);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    /** The value of an option as a 64-bit integer from {@code least} to {@code most}. */
    public OptionalLong integer64(String name, long least, long most) {
        Optional<String> value = text(name);
        return value.isPresent()
                ? OptionalLong.of(integer64("--" + name, value.get(), least, most))
                : OptionalLong.empty();
    }

    private static long integer64(String option, String value, long least, long most) {
        long number;
        try {
            number = Long.parseLong(value.strip());
        } catch (NumberFormatException fault) {
            throw new UsageException(option, "'" + value + "' is not a whole number", fault);
        }
        if (number < least || number > most) {
            throw new UsageException(option, number + " is out of range: " + range(least, most));
        }
        return number;
    }

    private static String range(long least, long most) {
        return most == Integer.MAX_VALUE || most == Long.MAX_VALUE
                ? "at least " + least
                : "from " + least + " to " + most;
    }

    /** The value of an option as a finite number above {@code above} and at most {@code most}. */
    public OptionalDouble number(String name, double above, double most) {
        Optional<String> value = text(name);
        return value.isPresent()
                ? OptionalDouble.of(number("--" + name, value.get(), above, most))
                : OptionalDouble.empty();
    }

    private static double number(String option, String value, double above, double most) {
        double number;
        try {
            number = Double.parseDouble(value.strip());
        } catch (NumberFormatException fault) {
            throw new UsageException(option, "'" + value + "' is not a number", fault);
        }
        if (!(number > above && number <= most) || Double.isInfinite(number)) {
            String range = Double.isInfinite(most) ? "above " + above : "above " + above + ", at most " + most;
            throw new UsageException(option, value + " is out of range: " + range);
        }
        return number;
    }

    /** A list of positive finite numbers, separated by commas; empty when the option is not given. */
    public List<Double> numbers(String name) {
        return items(name).stream()
                .map(item -> number("--" + name, item, 0, Double.POSITIVE_INFINITY))
                .toList();
    }

    /** The value of an option that is one of these words. */
    public Optional<String> choice(String name, String... choices) {
        Optional<String> value = text(name);
        if (value.isPresent() && !List.of(choices).contains(value.get())) {
            throw new UsageException("--" + name, "'" + value.get() + "' is none of " + String.join(", ", choices));
        }
        return value;
    }

    /**
     * The parts of a list that is separated by commas; empty when the option is not given.
     *
     * @throws UsageException when a part is empty or comes twice
     */
    public List<String> items(String name) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return List.of();
        }
        Set<String> items = new LinkedHashSet<>();
        for (String item : value.get().split(",", -1)) {
            String word = item.strip();
            if (word.isEmpty()) {
                throw new UsageException("--" + name, "'" + value.get() + "' has an empty part between its commas");
            }
            if (!items.add(word)) {
                throw new UsageException("--" + name, "'" + word + "' comes twice");
            }
        }
        return List.copyOf(items);
    }

    /**
     * Refuses two options that exclude each other.
     *
     * @throws UsageException naming both
     */
    public void exclusive(String one, String other) {
        if (has(one) && has(other)) {
            throw new UsageException("--" + one, "cannot stand beside --" + other + ": give one of them");
        }
    }

    private String known(String name) {
        if (table.find(name).isEmpty()) {
            throw new IllegalArgumentException("no option --" + name + " in this table");
        }
        return name;
    }
}
