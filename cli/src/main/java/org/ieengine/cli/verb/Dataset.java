package org.ieengine.cli.verb;

import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;

/** Makes texts to measure on: lists of entities, windows of running text, damaged sequences. */
final class Dataset implements Verb {
    @Override
    public String name() {
        return "dataset";
    }

    @Override
    public String synopsis() {
        return "icl|windows|perturb [options]";
    }

    @Override
    public String summary() {
        return "Texts to measure on, with their exact bits: icl makes lists of distinct entities, windows cuts running text at"
                + " sentence edges, perturb damages sequences; written to DIR/sentences.jsonl, token_ids.safetensors and"
                + " dataset.json.";
    }

    @Override
    public OptionTable options() {
        return DatasetKind.TABLE;
    }

    @Override
    public void run(Arguments arguments, Console console) {
        DatasetKind kind = DatasetKind.of(arguments);
        DatasetOutput output = new DatasetOutput(kind, arguments, console);
        switch (kind) {
            case ICL -> new IclDataset(arguments, output).make();
            case WINDOWS -> new WindowsDataset(arguments, output, console).make();
            case PERTURB -> new PerturbDataset(arguments, output, console).make();
            default -> throw new IllegalStateException("no kind " + kind);
        }
    }
}
