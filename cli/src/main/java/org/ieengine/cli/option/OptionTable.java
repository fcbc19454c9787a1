package org.ieengine.cli.option;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.AmbiguousOptionException;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/**
 * The options of one verb. Parses GNU style ({@code --name value}, {@code --name=value}, {@code -x value}); names are never
 * abbreviated and no option may be given twice.
 *
 * @param groups in the order of the usage
 */
public record OptionTable(List<OptionGroup> groups) {
    /** Checks that no name occurs twice. */
    public OptionTable {
        groups = List.copyOf(groups);
        Set<String> names = new HashSet<>();
        for (OptionGroup group : groups) {
            for (OptionSpec spec : group.options()) {
                if (!names.add(spec.name()) || (!spec.letter().isEmpty() && !names.add(spec.letter()))) {
                    throw new IllegalArgumentException("two options are called " + spec.written());
                }
            }
        }
    }

    /** A table of these groups. */
    public static OptionTable of(OptionGroup... groups) {
        return new OptionTable(List.of(groups));
    }

    /** Every option, in order. */
    public List<OptionSpec> options() {
        return groups.stream().flatMap(group -> group.options().stream()).toList();
    }

    /** The option of that long name. */
    public Optional<OptionSpec> find(String name) {
        return options().stream().filter(spec -> spec.name().equals(name)).findFirst();
    }

    /**
     * Reads the words that follow the verb.
     *
     * @throws UsageException naming the option that is unknown, lacks its value, has one it does not take, or comes twice
     */
    public Arguments parse(List<String> words) {
        Options options = new Options();
        for (OptionSpec spec : options()) {
            options.addOption(Option.builder(spec.letter().isEmpty() ? null : spec.letter())
                    .longOpt(spec.name())
                    .hasArg(spec.takesValue())
                    .get());
        }
        CommandLine parsed;
        try {
            parsed = DefaultParser.builder()
                    .setAllowPartialMatching(false)
                    .setStripLeadingAndTrailingQuotes(false)
                    .get()
                    .parse(options, words.toArray(new String[0]));
        } catch (AmbiguousOptionException fault) {
            throw new UsageException(fault.getOption(), "unknown option", fault);
        } catch (UnrecognizedOptionException fault) {
            throw unrecognised(fault);
        } catch (MissingArgumentException fault) {
            OptionSpec spec = find(fault.getOption().getLongOpt()).orElseThrow();
            throw new UsageException("--" + spec.name(), "a value is missing: " + spec.written(), fault);
        } catch (ParseException fault) {
            throw new UsageException("command line", fault.getMessage(), fault);
        }
        Set<String> seen = new HashSet<>();
        for (Option option : parsed.getOptions()) {
            if (!seen.add(option.getLongOpt())) {
                throw new UsageException("--" + option.getLongOpt(), "given twice");
            }
        }
        return new Arguments(this, parsed);
    }

    private UsageException unrecognised(UnrecognizedOptionException fault) {
        String word = fault.getOption();
        int equals = word.indexOf('=');
        String name = (equals < 0 ? word : word.substring(0, equals)).replaceFirst("^--?", "");
        if (equals >= 0 && find(name).isPresent()) {
            return new UsageException("--" + name, "takes no value", fault);
        }
        return new UsageException(equals < 0 ? word : word.substring(0, equals), "unknown option", fault);
    }
}
