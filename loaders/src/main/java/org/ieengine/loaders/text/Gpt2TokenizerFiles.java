package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * GPT-2's {@code vocab.json} and {@code merges.txt}, put together to the {@code tokenizer.json} that the conversion of
 * {@code transformers} (GPT2Converter) gives: byte-level BPE with the pre-tokenizer's own regular expression, no unknown token,
 * {@code add_prefix_space} from {@code tokenizer_config.json}. The special tokens are those of {@code tokenizer_config.json} and
 * its companions; where those name none, {@code <|endoftext|>}, as GPT2Tokenizer has it.
 */
final class Gpt2TokenizerFiles {
    private static final String END_OF_TEXT = "<|endoftext|>";

    private Gpt2TokenizerFiles() {}

    static TokenizerDefinition read(Path vocabularyFile, Path mergesFile, TokenizerConfiguration configuration) {
        String tokenizerClass = configuration.tokenizerClass();
        if (!tokenizerClass.isEmpty() && !tokenizerClass.equals("GPT2Tokenizer")) {
            throw new InputException(
                    configuration.file(),
                    "tokenizer_class",
                    "is " + tokenizerClass
                            + ", whose vocab.json and merges.txt are read in another way than GPT2Tokenizer's;"
                            + " put the tokenizer.json of the model beside them");
        }
        Map<String, Integer> vocabulary = vocabulary(vocabularyFile);
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation").putNull("padding").putNull("normalizer").putNull("post_processor");
        TokenizerDefinition.Ids ids = addSpecialTokens(root.putArray("added_tokens"), vocabulary, configuration);
        byteLevel(root.putObject("pre_tokenizer"), configuration.flag("add_prefix_space", false));
        byteLevel(root.putObject("decoder"), false);
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE").putNull("dropout").putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false);
        ObjectNode tokens = model.putObject("vocab");
        vocabulary.forEach(tokens::put);
        addMerges(model.putArray("merges"), mergesFile, vocabulary);
        return new TokenizerDefinition(
                vocabularyFile.toString(), root.toString(), "vocab.json + merges.txt (byte-level BPE)", ids);
    }

    private static void byteLevel(ObjectNode node, boolean prefixSpace) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", prefixSpace)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static Map<String, Integer> vocabulary(Path path) {
        String file = path.toString();
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(TokenizerText.utf8(path))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new InputException(file, "", "is not a JSON object; expected an object from tokens to ids");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String token = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT
                        || parser.getNumberType() != JsonParser.NumberType.INT
                        || parser.getIntValue() < 0
                        || parser.getIntValue() == Integer.MAX_VALUE) {
                    throw new InputException(
                            file, "token '" + token + "'", "the id " + parser.getText() + " is not a number from 0 on");
                }
                vocabulary.put(token, parser.getIntValue());
            }
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file,
                    "line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
                    "is not JSON (" + JsonFault.describe(e) + "); fetch the file again",
                    e);
        } catch (IOException e) {
            throw FileFault.reading(file, e);
        }
        if (vocabulary.isEmpty()) {
            throw new InputException(file, "", "names no token; expected an object from tokens to ids");
        }
        return vocabulary;
    }

    /** Adds the special tokens and gives the ids there are. */
    private static TokenizerDefinition.Ids addSpecialTokens(
            ArrayNode added, Map<String, Integer> vocabulary, TokenizerConfiguration configuration) {
        int ids = vocabulary.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
        BitSet ordinary = new BitSet();
        vocabulary.values().forEach(ordinary::set);
        Map<String, String> defaults =
                Map.of("bos_token", END_OF_TEXT, "eos_token", END_OF_TEXT, "unk_token", END_OF_TEXT);
        for (TokenizerConfiguration.SpecialToken token : configuration.specialTokens(defaults)) {
            int id = vocabulary.getOrDefault(token.content(), token.id() >= 0 ? token.id() : ids);
            ids = Math.max(ids, id + 1);
            ordinary.clear(id);
            added.addObject()
                    .put("id", id)
                    .put("content", token.content())
                    .put("single_word", false)
                    .put("lstrip", token.lstrip())
                    .put("rstrip", token.rstrip())
                    .put("normalized", false)
                    .put("special", true);
        }
        return new TokenizerDefinition.Ids(ids, ordinary);
    }

    private static void addMerges(ArrayNode merges, Path path, Map<String, Integer> vocabulary) {
        String file = path.toString();
        String[] lines = TokenizerText.utf8(path).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            if (line.isEmpty() || i == 0 && line.startsWith("#version")) {
                continue;
            }
            String[] pair = line.split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw new InputException(
                        file, "line " + (i + 1), "is not two tokens with one space between; fetch the file again");
            }
            for (String token : new String[] {pair[0], pair[1], pair[0] + pair[1]}) {
                if (!vocabulary.containsKey(token)) {
                    throw new InputException(
                            file,
                            "line " + (i + 1),
                            "the token '" + token + "' is not in vocab.json; the two files do not belong together");
                }
            }
            merges.add(line);
        }
        if (merges.isEmpty()) {
            throw new InputException(file, "", "holds no merge; expected two tokens a line");
        }
    }
}
