package org.ieengine.loaders.text;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.InputException;

/** Sentences to token sequences: batches are read, tokenised together, cut, and forgotten. */
final class SentenceTokens {
    private static final int BATCH_SENTENCES = 1024;
    private static final int BATCH_CHARACTERS = 1 << 18;

    private final DataSource.Sentences source;
    private final Tokenizer tokenizer;
    private final SequenceSettings settings;
    private final SequenceCutter cutter;

    SentenceTokens(DataSource.Sentences source, Tokenizer tokenizer, SequenceSettings settings) {
        this.source = source;
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.cutter = new SequenceCutter(source.file(), settings, settings.sentenceTokens());
    }

    TokenData read(Progress progress) {
        try (SentenceReader reader = SentenceReader.open(source)) {
            List<Sentence> batch = new ArrayList<>(BATCH_SENTENCES);
            int characters = 0;
            for (Sentence sentence = reader.next(); sentence != null; sentence = reader.next()) {
                if (sentence.blank()) {
                    cutter.skipBlank();
                    continue;
                }
                batch.add(sentence);
                characters += sentence.text().length();
                if (batch.size() == BATCH_SENTENCES || characters >= BATCH_CHARACTERS) {
                    tokenize(batch);
                    characters = 0;
                    progress.reached(cutter.read(), reader.fraction());
                }
            }
            tokenize(batch);
            if (cutter.read() == 0) {
                throw new InputException(source.file(), "", "is empty; expected sentences");
            }
            cutter.requireSequences("sentences");
            String sha256 = reader.sha256();
            progress.reached(cutter.read(), 1);
            TokenMatrix taken = cutter.take();
            return new TokenData(
                    taken,
                    cutter.counts(taken),
                    sha256,
                    source.file() + ": " + cutter.manner() + " of each sentence, " + tokenizer.description(),
                    warnings());
        }
    }

    private void tokenize(List<Sentence> batch) {
        List<int[]> ids = tokenizer.encode(batch.stream().map(Sentence::text).toList());
        for (int i = 0; i < ids.size(); i++) {
            Sentence sentence = batch.get(i);
            cutter.add(ids.get(i), id -> foreign(sentence, id));
        }
        batch.clear();
    }

    private InputException foreign(Sentence sentence, int id) {
        return new InputException(
                source.file(),
                sentence.place(),
                "the token '" + printable(tokenizer.token(id)) + "' has the id " + id
                        + ", but the model has only the ids 0 to "
                        + (settings.vocabulary() - 1)
                        + "; the tokenizer is not the one that the model was trained with: check the model directory");
    }

    private static String printable(String token) {
        return token.replaceAll("\\p{Cntrl}", "?");
    }

    private List<String> warnings() {
        if (tokenizer.vocabulary() == settings.vocabulary()) {
            return List.of();
        }
        return List.of("the tokenizer has " + tokenizer.vocabulary() + " ids, the model " + settings.vocabulary()
                + (tokenizer.vocabulary() < settings.vocabulary()
                        ? ": the model's last ids are never used (often padding)"
                        : ": the ids beyond the model's did not occur"));
    }
}
