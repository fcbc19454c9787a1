package org.ieengine.loaders.safetensors;

/** How to get safetensors out of a checkpoint that needs Python to be read. */
public final class PyTorchAdvice {
    /** One clause for the end of a sentence: works without a network on any machine that has PyTorch and transformers. */
    public static final String CONVERT = "convert it once, offline, on any machine with PyTorch and transformers:"
            + " python3 -c \"from transformers import AutoModelForCausalLM as A;"
            + " A.from_pretrained('MODEL_DIR', torch_dtype='auto').save_pretrained('NEW_DIR',"
            + " safe_serialization=True)\" and copy the tokenizer files to NEW_DIR";

    private PyTorchAdvice() {}
}
