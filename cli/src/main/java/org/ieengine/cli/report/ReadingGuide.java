package org.ieengine.cli.report;

/** Half a page in plain words on what the numbers mean and what they do not. */
final class ReadingGuide {
    private ReadingGuide() {}

    static Markup html() {
        Markup html =
                new Markup().open("section", "id", "reading", "class", "prose").element("h2", "How to read this page");
        paragraph(
                html,
                "Information Emergence.",
                "For a block, IE is the information that the last state of a whole sequence keeps through the block (macro),"
                        + " less the mean of what its tokens keep when each is fed alone (micro). All of it is in bits.");
        paragraph(
                html,
                "The ceiling.",
                "A block is a fixed map, and its inputs are finitely many token sequences. If it keeps different states"
                        + " different, the information between its input and output is exactly the entropy of what went in:"
                        + " counted from the token ids, before any network runs. N different sequences give log₂ N bits and no"
                        + " more. A number above its ceiling is an error of its estimator and is marked in red.");
        paragraph(
                html,
                "Why exact IE is the same at every block from 1 on, and for every model.",
                "From block 1 on a state has seen the whole sequence before it, so its macro term is the entropy of the"
                        + " sequences and its micro terms are those of the tokens, whatever the weights are. At block 0 the input"
                        + " state knows only its own token and position, so the macro term is the entropy of the last token. Exact"
                        + " IE therefore describes the sequences; differences between blocks or models are never in it.");
        paragraph(
                html,
                "What resolution adds.",
                "The ceiling is blind to geometry: two states a hair apart count as two. Let a reader see every state,"
                        + " standardised, through Gaussian noise of size σ: what is left is the information that is spread widely"
                        + " enough to be seen at that resolution. It is computed exactly up to the error of averaging, with no"
                        + " training. The state information J splits into what the last token tells and what the context before"
                        + " it adds.");
        paragraph(
                html,
                "Why the untrained twin stands beside it.",
                "A network with random weights spreads its states widely too, often more widely than a trained one. A high"
                        + " value at a resolution means dispersion, and only the comparison with a twin of the same shapes and"
                        + " random weights, and with shuffled sequences, says what training or order has to do with it.");
        paragraph(
                html,
                "What a critic's share means.",
                "A critic is a small network trained for a limited number of steps. Its share of the ceiling is how much of"
                        + " what is there such a network can separate: usable information at this budget. A share below one is"
                        + " not information lost by the model. Where seeds differ by as much as blocks do, the critic ranks"
                        + " nothing.");
        paragraph(
                html,
                "Why the published protocol overshoots.",
                "It compares true pairs with one random mixing of the same rows and reports the largest training value of any"
                        + " epoch. A mixing leaves only a few true pairs matched by chance, sometimes none; in such an epoch"
                        + " nothing bounds the value, and the maximum picks exactly that epoch. The standard protocol puts the"
                        + " matched pairs in with their known weight and cannot exceed the ceiling. The published one is computed"
                        + " only on request, for comparison.");
        paragraph(
                html,
                "Compare at equal N only.",
                "The ceiling grows with the number of different sequences, and so does everything below it. Two runs can be"
                        + " compared when N, T and the way sequences were cut are the same.");
        return html.close().line();
    }

    private static void paragraph(Markup html, String topic, String text) {
        html.open("p").element("strong", topic).text(" " + text).close().line();
    }
}
