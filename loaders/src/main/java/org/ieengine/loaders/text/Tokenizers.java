package org.ieengine.loaders.text;

import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;

/**
 * Opens the tokenizer of a model directory: {@code tokenizer.json}, or {@code vocab.json} with {@code merges.txt}, or
 * {@code tokenizer.model}, the first that is there. Special tokens are never added, whatever {@code add_bos_token} or a
 * post-processor say. The spelling of a special token inside a text ({@code <|endoftext|>}, {@code <s>}) becomes that token, as
 * {@code transformers} does it: by the added tokens of {@code tokenizer.json}, or those that {@code tokenizer_config.json} and
 * its companions name.
 */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * Opens the tokenizer of a model directory.
     *
     * @throws InputException when there is none, when its files are malformed, or when its native library cannot be loaded
     */
    public static Tokenizer open(Path modelDirectory) {
        Path json = modelDirectory.resolve("tokenizer.json");
        Path vocabulary = modelDirectory.resolve("vocab.json");
        Path merges = modelDirectory.resolve("merges.txt");
        Path sentencePiece = modelDirectory.resolve("tokenizer.model");
        TokenizerConfiguration configuration = TokenizerConfiguration.read(modelDirectory);
        if (Files.exists(json)) {
            return JsonTokenizer.open(TokenizerJson.read(json, configuration));
        }
        if (Files.exists(vocabulary) && Files.exists(merges)) {
            return JsonTokenizer.open(Gpt2TokenizerFiles.read(vocabulary, merges, configuration));
        }
        if (Files.exists(sentencePiece)) {
            return SentencePieceTokenizer.open(SentencePieceModel.read(sentencePiece), configuration);
        }
        String half = Files.exists(vocabulary)
                ? "; vocab.json is there but merges.txt is missing"
                : Files.exists(merges) ? "; merges.txt is there but vocab.json is missing" : "";
        throw new InputException(
                modelDirectory.toString(),
                "",
                "holds no tokenizer: expected tokenizer.json, or vocab.json with merges.txt, or tokenizer.model" + half
                        + "; fetch it from where the model came from, or give token ids with --token-ids");
    }
}
