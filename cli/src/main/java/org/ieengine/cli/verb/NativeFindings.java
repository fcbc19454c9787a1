package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.text.TokenizerNatives;

/** What {@code doctor} says of the native libraries in the jar: OpenBLAS and the tokenizers. */
final class NativeFindings {
    private NativeFindings() {}

    static List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        try (CpuBackend backend = new CpuBackend(Runtime.getRuntime().availableProcessors())) {
            String fault = backend.warning().orElse("");
            String remedy = fault.isEmpty() ? "" : "see the row above on directories";
            findings.add(new Finding("matrix products", fault.isEmpty(), backend.description(), fault, remedy));
        }
        findings.add(tokenizer("tokenizer.json", TokenizerNatives::loadHuggingFace));
        findings.add(tokenizer("tokenizer.model", TokenizerNatives::loadSentencePiece));
        return findings;
    }

    private static Finding tokenizer(String file, Runnable loading) {
        try {
            loading.run();
            return Finding.good("reader of " + file, "its native library is loaded");
        } catch (InputException fault) {
            return new Finding("reader of " + file, false, "its native library", fault.getMessage(), "");
        }
    }
}
