package org.ieengine.loaders.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.dataset.WindowPlace.Edge;
import org.ieengine.loaders.dataset.WindowPlace.Piece;
import org.ieengine.loaders.dataset.WindowSettings.Anchor;
import org.ieengine.loaders.text.DataSource;
import org.ieengine.loaders.text.Progress;
import org.ieengine.loaders.text.RunningText;
import org.ieengine.loaders.text.SequenceReservoir;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;

/**
 * Windows of T tokens cut from running text at the edges of sentences. A window is a text of its own: its characters stand in the
 * source as they are, and tokenised alone they give its T tokens. What is not like that is left out and counted.
 */
public final class TextWindows {
    private static final int BATCH = 1024;

    /** Characters looked at first: enough for T tokens of most texts. */
    private static final int CHARACTERS_PER_TOKEN = 8;

    private static final int LEAST_CHARACTERS = 64;

    /** Tokens that must follow a window in a piece that was cut off at no edge: the cut changes only the last few. */
    private static final int SPARE_TOKENS = 8;

    private final DataSource.Sentences source;
    private final Tokenizer tokenizer;
    private final WindowSettings settings;
    private final BarredCharacters barred;
    private final SequenceReservoir reservoir;
    private final TokenSequenceSet seen;
    private final List<WindowPlace> waiting = new ArrayList<>(BATCH);
    private long texts;
    private long anchors;
    private long filtered;
    private long tooShort;
    private long notReversible;
    private long repeated;

    /**
     * Windows drawn from a source.
     *
     * @param tokens their ids, shape [N, T], in the order of the source
     * @param counts what became of the sentences
     * @param sha256 SHA-256 of the source's bytes as stored, in hexadecimal digits
     */
    public record Result(TokenMatrix tokens, WindowCounts counts, String sha256) {}

    private TextWindows(DataSource.Sentences source, Tokenizer tokenizer, WindowSettings settings) {
        this.source = source;
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.barred = new BarredCharacters(settings.without());
        this.reservoir = new SequenceReservoir(settings.tokens(), settings.samples(), settings.seed());
        this.seen = new TokenSequenceSet(settings.tokens());
    }

    /**
     * Reads a source to its end and draws windows from it.
     *
     * @throws InputException when the source cannot be read or is malformed, or when it gives no window, with the counts
     */
    public static Result read(
            DataSource.Sentences source, Tokenizer tokenizer, WindowSettings settings, Progress progress) {
        return new TextWindows(source, tokenizer, settings).read(progress);
    }

    private Result read(Progress progress) {
        try (RunningText reader = RunningText.open(source)) {
            for (String text = reader.next(); text != null; text = reader.next()) {
                texts++;
                add(text);
                progress.reached(texts, reader.fraction());
            }
            while (!waiting.isEmpty()) {
                cut();
            }
            WindowCounts counts = new WindowCounts(
                    texts + reader.blank(),
                    reader.blank(),
                    anchors,
                    filtered,
                    tooShort,
                    notReversible,
                    repeated,
                    reservoir.offered());
            requireWindows(counts);
            String sha256 = reader.sha256();
            progress.reached(texts, 1);
            return new Result(reservoir.take(), counts, sha256);
        }
    }

    private boolean atStart() {
        return settings.anchor() == Anchor.START;
    }

    private void add(String text) {
        int reach = Math.max(LEAST_CHARACTERS, Math.multiplyExact(CHARACTERS_PER_TOKEN, settings.tokens()));
        for (int anchor : atStart() ? SentenceEdges.starts(text) : SentenceEdges.ends(text)) {
            anchors++;
            waiting.add(new WindowPlace(text, anchor, reach));
            if (waiting.size() >= BATCH) {
                cut();
            }
        }
    }

    /** Cuts the places that wait; those whose reach was too short wait again. */
    private void cut() {
        List<WindowPlace> places = List.copyOf(waiting);
        waiting.clear();
        List<Piece> pieces = places.stream()
                .map(place -> atStart() ? place.after(barred) : place.before(barred))
                .toList();
        List<int[]> encoded = tokenizer.encode(pieces.stream().map(Piece::text).toList());
        List<WindowPlace> placesLeft = new ArrayList<>();
        List<int[]> windows = new ArrayList<>();
        int tokens = settings.tokens();
        for (int i = 0; i < places.size(); i++) {
            int[] ids = encoded.get(i);
            Edge edge = pieces.get(i).edge();
            if (edge == Edge.REACH && ids.length < tokens + SPARE_TOKENS) {
                waiting.add(places.get(i).further());
            } else if (ids.length < tokens) {
                filtered += edge == Edge.BARRED ? 1 : 0;
                tooShort += edge == Edge.TEXT ? 1 : 0;
            } else {
                placesLeft.add(places.get(i));
                windows.add(
                        atStart()
                                ? Arrays.copyOf(ids, tokens)
                                : Arrays.copyOfRange(ids, ids.length - tokens, ids.length));
            }
        }
        keepReversible(placesLeft, windows);
    }

    private void keepReversible(List<WindowPlace> places, List<int[]> windows) {
        List<String> texts = tokenizer.decode(windows);
        List<int[]> again = tokenizer.encode(texts);
        for (int i = 0; i < windows.size(); i++) {
            boolean there = atStart()
                    ? places.get(i).startsWith(texts.get(i))
                    : places.get(i).endsWith(texts.get(i));
            if (!there || !Arrays.equals(windows.get(i), again.get(i))) {
                notReversible++;
            } else if (settings.distinct() && !first(windows.get(i))) {
                repeated++;
            } else if (!reservoir.offer(-1, windows.get(i), 0)) {
                throw tooMany();
            }
        }
    }

    /** Adds a window to those seen; false when it was there before. */
    private boolean first(int[] window) {
        if (seen.count() == SequenceReservoir.capacity(settings.tokens())) {
            throw tooMany();
        }
        return seen.add(window);
    }

    private InputException tooMany() {
        return new InputException(
                source.file(),
                "",
                "gives more than " + SequenceReservoir.capacity(settings.tokens()) + " windows of " + settings.tokens()
                        + " tokens, more than fit in one array; "
                        + (settings.distinct() ? "leave out --distinct" : "ask for fewer with --samples"));
    }

    private void requireWindows(WindowCounts counts) {
        if (counts.available() > 0) {
            return;
        }
        throw new InputException(
                source.file(),
                "",
                "gives no window of " + settings.tokens() + " tokens: of " + counts.anchors() + " sentence "
                        + (atStart() ? "starts " : "ends ") + counts.tooShort() + " are too near to the "
                        + (atStart() ? "end" : "start") + " of their text, " + counts.filtered()
                        + " to a barred character, and " + counts.notReversible()
                        + " windows are not reversible; give more text, fewer --tokens or another --without");
    }
}
