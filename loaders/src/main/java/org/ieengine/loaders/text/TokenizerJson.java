package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * Reads {@code tokenizer.json}: checks its frame and its ids token by token (a vocabulary of 250,000 never becomes a tree), and
 * sets {@code add_prefix_space} of a byte-level pre-tokenizer to what {@code tokenizer_config.json} says, false where it says
 * nothing, as {@code transformers} does on loading (PreTrainedTokenizerFast). An error inside the native library while it
 * encodes ends the process, so what would lead there is refused here: an unknown token that is not in the vocabulary, an empty
 * pattern, a damaged table of characters; and dropout, which would make ids random.
 */
final class TokenizerJson {
    private final String file;
    private final String json;
    private final JsonParser parser;
    private final BitSet ids = new BitSet();
    private final BitSet specialIds = new BitSet();
    private int largestId = -1;
    private long entries;
    private String modelType = "";
    private String preTokenizer = "";
    private boolean modelSeen;
    private boolean vocabularySeen;
    private String unknownToken;
    private boolean unknownTokenSeen;
    private long unknownId = -1;
    private int prefixSpaceAt = -1;
    private boolean prefixSpace;

    private TokenizerJson(String file, String json) throws IOException {
        this.file = file;
        this.json = json;
        this.parser = new JsonFactory().createParser(json);
    }

    static TokenizerDefinition read(Path path, TokenizerConfiguration configuration) {
        return read(path.toString(), TokenizerText.utf8(path), configuration);
    }

    private static TokenizerDefinition read(String file, String json, TokenizerConfiguration configuration) {
        try {
            TokenizerJson reading = new TokenizerJson(file, json);
            reading.scan();
            if (reading.unknownToken != null && !reading.unknownTokenSeen) {
                TokenizerJson again = new TokenizerJson(file, json);
                again.unknownToken = reading.unknownToken;
                again.scan();
                reading.unknownTokenSeen = again.unknownTokenSeen;
            }
            reading.requireUnknownToken();
            return reading.definition(configuration);
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file,
                    "line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
                    "is not JSON (" + JsonFault.describe(e) + "); fetch the file again",
                    e);
        } catch (IOException e) {
            throw FileFault.reading(file, e);
        }
    }

    private void scan() throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new InputException(file, "", "is not a JSON object; expected a Hugging Face tokenizer");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (key) {
                case "added_tokens" -> addedTokens(value);
                case "normalizer" -> checkPatterns(key);
                case "pre_tokenizer" -> {
                    int start = (int) parser.currentTokenLocation().getCharOffset();
                    preTokenizer(value);
                    TokenizerSteps.check(file, key, json.substring(start, (int)
                            parser.currentLocation().getCharOffset()));
                }
                case "model" -> model(value);
                default -> parser.skipChildren();
            }
        }
        if (parser.nextToken() != null) {
            throw new InputException(file, "", "has more after the JSON object; fetch the file again");
        }
        if (!modelSeen || !vocabularySeen || entries == 0) {
            throw new InputException(
                    file,
                    modelSeen ? "model.vocab" : "model",
                    "is missing or empty; expected a Hugging Face tokenizer");
        }
    }

    private void checkPatterns(String key) throws IOException {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        TokenizerSteps.check(
                file, key, json.substring(start, (int) parser.currentLocation().getCharOffset()));
    }

    private void addedTokens(JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return;
        }
        expect(value, JsonToken.START_ARRAY, "added_tokens", "an array");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.START_OBJECT, "added_tokens", "objects");
            int id = -1;
            boolean special = false;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                JsonToken inner = parser.nextToken();
                if (key.equals("id")) {
                    id = id("added_tokens");
                } else if (key.equals("special") && inner.isBoolean()) {
                    special = parser.getBooleanValue();
                } else {
                    parser.skipChildren();
                }
            }
            if (special && id >= 0) {
                specialIds.set(id);
            }
        }
    }

    private void preTokenizer(JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            return;
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonToken inner = parser.nextToken();
            if (key.equals("type")) {
                preTokenizer = parser.getText();
            } else if (key.equals("add_prefix_space") && inner.isBoolean()) {
                prefixSpace = parser.getBooleanValue();
                prefixSpaceAt = (int) parser.currentTokenLocation().getCharOffset();
            } else {
                parser.skipChildren();
            }
        }
    }

    private void model(JsonToken value) throws IOException {
        expect(value, JsonToken.START_OBJECT, "model", "an object");
        modelSeen = true;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonToken inner = parser.nextToken();
            if (key.equals("type")) {
                modelType = parser.getText();
            } else if (key.equals("vocab")) {
                vocabulary(inner);
            } else if (key.equals("unk_token") && inner == JsonToken.VALUE_STRING) {
                unknownToken = parser.getText();
            } else if (key.equals("unk_id") && inner == JsonToken.VALUE_NUMBER_INT) {
                unknownId = parser.getLongValue();
            } else if (key.equals("dropout") && inner.isNumeric() && parser.getDoubleValue() != 0) {
                throw new InputException(
                        file,
                        "model.dropout",
                        "is " + parser.getText() + ": the same text would give other ids every time; set it to null");
            } else {
                parser.skipChildren();
            }
        }
    }

    private void vocabulary(JsonToken value) throws IOException {
        vocabularySeen = true;
        if (value == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                expect(parser.currentToken(), JsonToken.START_ARRAY, "model.vocab", "pairs of a piece and its score");
                parser.skipChildren();
                ids.set((int) entries);
                largestId = Math.max(largestId, (int) entries);
                entries++;
            }
            return;
        }
        expect(value, JsonToken.START_OBJECT, "model.vocab", "an object from tokens to ids");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String token = parser.currentName();
            parser.nextToken();
            id("model.vocab, token '" + token + "'");
            unknownTokenSeen |= token.equals(unknownToken);
            entries++;
        }
    }

    private void requireUnknownToken() {
        boolean wordModel = modelType.equals("WordLevel") || modelType.equals("WordPiece");
        if (modelType.equals("Unigram") ? unknownId < 0 || unknownId >= entries : unknownToken != null || wordModel) {
            String key = modelType.equals("Unigram") ? "model.unk_id" : "model.unk_token";
            if (modelType.equals("Unigram") || !unknownTokenSeen) {
                throw new InputException(
                        file, key, "names no token of model.vocab, so unknown text has no id; fetch the file again");
            }
        }
    }

    private int id(String place) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
                || parser.getNumberType() != JsonParser.NumberType.INT
                || parser.getIntValue() < 0
                || parser.getIntValue() == Integer.MAX_VALUE) {
            throw new InputException(file, place, "the id " + parser.getText() + " is not a number from 0 on");
        }
        ids.set(parser.getIntValue());
        largestId = Math.max(largestId, parser.getIntValue());
        return parser.getIntValue();
    }

    private void expect(JsonToken found, JsonToken wanted, String place, String words) {
        if (found != wanted) {
            throw new InputException(file, place, "is not what a Hugging Face tokenizer has there; expected " + words);
        }
    }

    private TokenizerDefinition definition(TokenizerConfiguration configuration) {
        String adjusted = json;
        if (preTokenizer.equals("ByteLevel") && prefixSpaceAt >= 0) {
            boolean wanted = configuration.flag("add_prefix_space", false);
            if (wanted != prefixSpace) {
                int end = prefixSpaceAt + Boolean.toString(prefixSpace).length();
                adjusted = json.substring(0, prefixSpaceAt) + wanted + json.substring(end);
            }
        }
        String kind =
                (preTokenizer.equals("ByteLevel") ? "byte-level " : "") + (modelType.isEmpty() ? "BPE" : modelType);
        BitSet ordinary = (BitSet) ids.clone();
        ordinary.andNot(specialIds);
        if (modelType.equals("Unigram")) {
            ordinary.clear((int) unknownId);
        }
        return new TokenizerDefinition(
                file, adjusted, "tokenizer.json (" + kind + ")", new TokenizerDefinition.Ids(largestId + 1, ordinary));
    }
}
