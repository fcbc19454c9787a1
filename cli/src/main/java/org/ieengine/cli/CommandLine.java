package org.ieengine.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageText;
import org.ieengine.cli.verb.Verb;
import org.ieengine.cli.verb.Verbs;

/** Runs one verb from its words to its exit code. Never ends the process. */
public final class CommandLine {
    private final Console console;

    private CommandLine(Console console) {
        this.console = console;
    }

    /**
     * Runs the program on plain streams that are no terminal.
     *
     * @param arguments words as the shell gave them
     * @return the exit code
     */
    public static int run(String[] arguments, InputStream in, OutputStream out, OutputStream err) {
        return run(arguments, in, out, err, false, new Interruption());
    }

    /** As {@link #run(String[], InputStream, OutputStream, OutputStream)}, with what only a process has. */
    static int run(
            String[] arguments,
            InputStream in,
            OutputStream out,
            OutputStream err,
            boolean interactive,
            Interruption interruption) {
        PrintStream standardOutput = stream("standard output", out);
        PrintStream standardError = stream("standard error", err);
        Console console = new Console(in, standardOutput, standardError, interactive, interruption);
        return new CommandLine(console).run(arguments);
    }

    private static PrintStream stream(String name, OutputStream out) {
        WatchedOutput watched = new WatchedOutput(name, out);
        return new PrintStream(watched, false, StandardCharsets.UTF_8);
    }

    private int run(String[] arguments) {
        Verb verb = null;
        try {
            List<String> words = Arrays.asList(arguments);
            if (!words.isEmpty() && isGeneral(words.get(0))) {
                return finish();
            }
            boolean named = !words.isEmpty() && !words.get(0).startsWith("-");
            verb = named ? Verbs.find(words.get(0)) : Verbs.standard();
            run(verb, named ? words.subList(1, words.size()) : words, !named);
            return finish();
        } catch (Throwable fault) {
            return report(fault, verb, Arrays.asList(arguments).contains("--verbose"));
        }
    }

    private boolean isGeneral(String word) {
        if (word.equals("--version")) {
            console.out().println(BuildStamp.read());
            return true;
        }
        if (word.equals("--help") || word.equals("-h")) {
            console.out().print(generalHelp());
            return true;
        }
        return false;
    }

    private void run(Verb verb, List<String> words, boolean general) {
        if (words.contains("--help") || words.contains("-h")) {
            console.out().print(general ? generalHelp() : help(verb));
            return;
        }
        Arguments arguments = verb.options().parse(words);
        verb.run(arguments, console);
    }

    private int finish() {
        console.out().flush();
        return ExitCode.DONE.number();
    }

    private int report(Throwable fault, Verb verb, boolean verbose) {
        FaultReport report = FaultReport.of(fault);
        try {
            if (report.code() != ExitCode.DONE) {
                console.out().flush();
            }
            if (!report.message().isEmpty()) {
                console.message("ie-engine: " + report.message());
            }
            if (report.trace() || verbose) {
                console.err().print(FaultReport.trace(fault));
            }
            if (report.code() == ExitCode.USAGE) {
                console.message(verb == null ? generalUsage() : usage(verb));
            }
            console.err().flush();
        } catch (OutputClosedException | org.ieengine.loaders.InputException nobodyReads) {
            return report.code().number();
        }
        return report.code().number();
    }

    private static String usage(Verb verb) {
        return "usage: java -jar ie-engine.jar " + verb.name() + " " + verb.synopsis()
                + "\n       java -jar ie-engine.jar " + verb.name() + " --help   explains every option";
    }

    private static String generalUsage() {
        return "usage: java -jar ie-engine.jar [VERB] [options]\n       verbs: " + Verbs.names()
                + "\n       java -jar ie-engine.jar [VERB] --help   explains every option";
    }

    private static String help(Verb verb) {
        return "usage: java -jar ie-engine.jar " + verb.name() + " " + verb.synopsis() + "\n\n"
                + String.join("\n", UsageText.wrap(verb.summary(), 100)) + "\n"
                + UsageText.options(verb.options());
    }

    private static String generalHelp() {
        Verb standard = Verbs.standard();
        List<String[]> verbs = Verbs.all().stream()
                .map(verb -> new String[] {verb.name(), verb.summary()})
                .toList();
        return "usage: java -jar ie-engine.jar [VERB] [options]\n\n"
                + "Information Emergence of language models, block by block, offline. Without a verb it is "
                + standard.name() + ".\n\nVerbs (VERB --help explains each):\n" + UsageText.list(verbs)
                + "\n" + standard.name() + " " + standard.synopsis() + "\n"
                + UsageText.options(standard.options())
                + "\nExit codes: 0 done, 1 defect, 2 command line, 3 files, 4 device, 5 memory,\n"
                + "130 stopped (--resume continues).\n";
    }
}
