package org.ieengine.engine.ie;

/**
 * Where the model came from.
 *
 * @param path the directory as the user named it
 * @param parameters number of parameters
 * @param configSha256 SHA-256 of config.json, hexadecimal
 * @param weightsSha256 SHA-256 over the weight files, hexadecimal
 * @param tokenizerSha256 SHA-256 over the files of its tokenizer, hexadecimal; empty when it has none
 */
public record ModelProvenance(
        String path, long parameters, String configSha256, String weightsSha256, String tokenizerSha256) {
    /** A model without a tokenizer. */
    public ModelProvenance(String path, long parameters, String configSha256, String weightsSha256) {
        this(path, parameters, configSha256, weightsSha256, "");
    }
}
