package org.ieengine.loaders.dataset;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.text.Progress;
import org.ieengine.loaders.text.SequenceSettings;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;

/**
 * Lists of distinct entities for in-context learning, {@code A,B,C,D,}: every ordered choice without repetition in lexicographic
 * order of the entity list, or distinct ones drawn uniformly by a seed, in that order too. Each list ends with the separator; all
 * have the same number of tokens, and each entity always stands at the same positions.
 */
public final class IclLists {
    private static final int BATCH = 4096;
    private static final BigInteger MOST_IDS = BigInteger.valueOf(Integer.MAX_VALUE - 8L);

    private final String source;
    private final String separator;
    private final int shots;
    private final FittedEntities fitted;
    private final Choices choices;

    private IclLists(EntityList list, IclSettings settings, FittedEntities fitted) {
        this.source = list.source();
        this.separator = settings.separator();
        this.shots = settings.shots();
        this.fitted = fitted;
        int things = fitted.kept().size();
        if (shots > things) {
            throw new IllegalArgumentException("--shots " + shots + " entities without repetition are more than the "
                    + things + (fitted.dropped().isEmpty() ? " of " : " of equal length in tokens in ") + source);
        }
        BigInteger all = Choices.count(things, shots);
        BigInteger wanted =
                settings.samples() == SequenceSettings.ALL ? all : all.min(BigInteger.valueOf(settings.samples()));
        if (wanted.multiply(BigInteger.valueOf(Math.max(tokens(), shots))).compareTo(MOST_IDS) > 0) {
            throw new IllegalArgumentException("--samples " + wanted + " lists of " + tokens()
                    + " tokens are more than fit in one array; ask for fewer of the " + all);
        }
        this.choices = wanted.equals(all)
                ? Choices.all(things, shots)
                : Choices.drawn(things, shots, wanted.intValueExact(), settings.seed());
    }

    /**
     * Lists whose entities and separators are each one symbol, for no tokenizer in particular.
     *
     * @throws InputException when an entity contains the separator
     * @throws IllegalArgumentException naming the option {@code --shots} or {@code --samples} that asks for too much
     */
    public static IclLists inPieces(EntityList list, IclSettings settings) {
        list.requireApartFrom(settings.separator());
        return new IclLists(list, settings, FittedEntities.inPieces(list));
    }

    /**
     * Lists for a tokenizer: entities that take another number of tokens than most are left out.
     *
     * @throws InputException when an entity contains the separator
     * @throws IllegalArgumentException naming the option {@code --shots} or {@code --samples} that asks for too much
     */
    public static IclLists inTokens(EntityList list, IclSettings settings, Tokenizer tokenizer) {
        list.requireApartFrom(settings.separator());
        return new IclLists(list, settings, FittedEntities.inTokens(list, settings.separator(), tokenizer));
    }

    /** Entities that the lists are made of, in order. */
    public List<String> entities() {
        return fitted.kept();
    }

    /** Entities that were left out, in order. */
    public List<Dropped> dropped() {
        return fitted.dropped();
    }

    /** An entity that was kept, as {@link Dropped} has one that was not: for the counts that those had to match. */
    public Dropped kept() {
        return new Dropped(
                fitted.kept().get(0), fitted.slot().first(), fitted.slot().later());
    }

    /** How many ordered choices there are. */
    public BigInteger choices() {
        return Choices.count(fitted.kept().size(), shots);
    }

    /** Number of lists N. */
    public int sequences() {
        return choices.count();
    }

    /** Tokens T of each list. */
    public int tokens() {
        return fitted.slot().tokens(shots);
    }

    /** The text of one list. */
    public String text(int sequence) {
        StringBuilder text = new StringBuilder();
        for (int place = 0; place < shots; place++) {
            text.append(fitted.kept().get(choices.thing(sequence, place))).append(separator);
        }
        return text.toString();
    }

    /** One symbol an entity (its index) and one for the separator (their number), shape [N, 2 shots]. */
    public TokenMatrix pieces() {
        int[] ids = new int[Math.multiplyExact(2 * shots, sequences())];
        int at = 0;
        for (int sequence = 0; sequence < sequences(); sequence++) {
            for (int place = 0; place < shots; place++) {
                ids[at++] = choices.thing(sequence, place);
                ids[at++] = fitted.kept().size();
            }
        }
        return new TokenMatrix(ids, sequences(), 2 * shots);
    }

    /**
     * Token ids of the texts, shape [N, T]. Every text is really tokenised.
     *
     * @param tokenizer the one that the entities were fitted to
     * @throws InputException when a list has not T tokens because the tokens of an entity depend on its neighbours
     */
    public TokenMatrix tokens(Tokenizer tokenizer, Progress progress) {
        int length = tokens();
        int[] ids = new int[Math.multiplyExact(sequences(), length)];
        List<String> texts = new ArrayList<>(BATCH);
        for (int from = 0; from < sequences(); from += BATCH) {
            int to = Math.min(sequences(), from + BATCH);
            for (int sequence = from; sequence < to; sequence++) {
                texts.add(text(sequence));
            }
            List<int[]> encoded = tokenizer.encode(texts);
            for (int i = 0; i < encoded.size(); i++) {
                if (encoded.get(i).length != length) {
                    throw new InputException(
                            source,
                            "",
                            "the list '" + texts.get(i) + "' has " + encoded.get(i).length + " tokens, expected "
                                    + length + ": the tokens of an entity depend on its neighbours; choose another"
                                    + " separator or leave one of them out");
                }
                System.arraycopy(encoded.get(i), 0, ids, (from + i) * length, length);
            }
            texts.clear();
            progress.reached(to, to / (double) sequences());
        }
        return new TokenMatrix(ids, sequences(), length);
    }
}
