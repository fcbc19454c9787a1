package org.ieengine.loaders.safetensors;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignFileTest {
    @TempDir
    private Path directory;

    private void assertRefused(String content, String... sentenceParts) {
        Path file = SafetensorsBytes.write(
                directory.resolve("model.safetensors"), content.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContainingAll(sentenceParts);
    }

    @Test
    void emptyFile() {
        assertRefused("", "the file is empty");
    }

    @Test
    void gitLfsPointer() {
        assertRefused(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 548105171\n",
                "found a Git LFS pointer",
                "git lfs pull");
    }

    @Test
    void htmlPage() {
        assertRefused("<!DOCTYPE html>\n<html><body>404</body></html>", "found an HTML or XML page");
        assertRefused("\n  <html lang=en>", "found an HTML or XML page");
        assertRefused("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "found an HTML or XML page");
    }

    @Test
    void errorMessageInPlainText() {
        assertRefused("Entry not found", "found text beginning with 'Entry not found'");
    }

    @Test
    void pickleOfPyTorch() {
        assertRefused(
                "PK\003\004\0\0\010\010\0\0archive/data.pkl", "found a PyTorch pickle file", "safe_serialization=True");
        assertRefused("\u0080\002\u008a\012l\u00fc\u009cF", "found a PyTorch pickle file", "save_pretrained");
    }

    @Test
    void otherFormats() {
        assertRefused("GGUF\003\0\0\0\0\0\0\0", "found a GGUF/GGML file");
        assertRefused("\u0089HDF\r\n\u001a\n\0\0\0\0", "found an HDF5 file");
        assertRefused("\u001f\u008b\010\0\0\0\0\0\0\0", "found a gzip archive");
    }

    @Test
    void missingFile() {
        Path file = directory.resolve("nowhere.safetensors");
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(InputException.class)
                .hasMessage(file + ": not found, expected a safetensors file; check the path");
    }

    @Test
    void directoryInPlaceOfAFile() throws IOException {
        Path file = Files.createDirectory(directory.resolve("inner"));
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("found a directory, expected a safetensors file");
    }
}
