package org.ieengine.cli.option;

/**
 * One option of a verb: one row of the table that parsing, {@code --help} and the documents are made from.
 *
 * @param letter short name without its dash; empty for none
 * @param name long name without its dashes
 * @param argument what stands for its value in the usage, e.g. {@code DIR}; empty for a switch
 * @param meaning what it does, one sentence
 * @param standard the default as a person reads it; empty for none
 */
public record OptionSpec(String letter, String name, String argument, String meaning, String standard) {
    /** An option with a value and no short name. */
    public static OptionSpec value(String name, String argument, String meaning, String standard) {
        return new OptionSpec("", name, argument, meaning, standard);
    }

    /** An option with a value and a short name. */
    public static OptionSpec value(String letter, String name, String argument, String meaning, String standard) {
        return new OptionSpec(letter, name, argument, meaning, standard);
    }

    /** A switch: an option without a value. */
    public static OptionSpec flag(String name, String meaning) {
        return new OptionSpec("", name, "", meaning, "");
    }

    /** A switch with a short name. */
    public static OptionSpec flag(String letter, String name, String meaning) {
        return new OptionSpec(letter, name, "", meaning, "");
    }

    /** Whether it takes a value. */
    public boolean takesValue() {
        return !argument.isEmpty();
    }

    /** As it is written in a usage: {@code -w, --weights DIR}. */
    public String written() {
        return (letter.isEmpty() ? "" : "-" + letter + ", ") + "--" + name + (takesValue() ? " " + argument : "");
    }
}
