package org.ieengine.loaders.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.ieengine.loaders.FileFault;
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

    /**
     * SHA-256 of what {@link #open} would read the vocabulary from, in hexadecimal: two models with the same one cut a text into
     * the same tokens but for special ones.
     *
     * @return empty when the directory holds no tokenizer
     * @throws InputException when a file cannot be read
     */
    public static String sha256(Path modelDirectory) {
        for (List<String> names :
                List.of(List.of("tokenizer.json"), List.of("vocab.json", "merges.txt"), List.of("tokenizer.model"))) {
            List<Path> files = names.stream().map(modelDirectory::resolve).toList();
            if (files.stream().allMatch(Files::exists)) {
                return sha256(files);
            }
        }
        return "";
    }

    private static String sha256(List<Path> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("this Java runtime lacks SHA-256", absent);
        } catch (IOException fault) {
            throw FileFault.reading(files.get(0).toString(), fault);
        }
    }
}
