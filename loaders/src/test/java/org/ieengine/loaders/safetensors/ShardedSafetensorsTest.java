package org.ieengine.loaders.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ieengine.loaders.safetensors.SafetensorsBytes.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedSafetensorsTest {
    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void makeTwoShards() throws IOException {
        directory = Files.createDirectory(parent.resolve("model"));
        shard(directory.resolve("one.safetensors"), "a");
        shard(directory.resolve("two.safetensors"), "b");
    }

    private static void shard(Path file, String tensor) {
        SafetensorsBytes.write(file, SafetensorsBytes.of("{" + entry(tensor, "F32", "[1]", "[0,4]") + "}", 4));
    }

    private Path index(String json) throws IOException {
        return Files.writeString(directory.resolve("model.safetensors.index.json"), json);
    }

    private void assertRefused(String json, String... sentenceParts) throws IOException {
        Path index = index(json);
        assertThatThrownBy(() -> ShardedSafetensors.open(index).close())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(directory.toString())
                .hasMessageContainingAll(sentenceParts);
    }

    @Test
    void tensorsOfAllShardsAreOneCollection() throws IOException {
        Path index = index(
                "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"b\":\"two.safetensors\",\"a\":\"one.safetensors\"}}");
        try (ShardedSafetensors read = ShardedSafetensors.open(index)) {
            assertThat(read.names()).containsExactly("a", "b");
            assertThat(read.files())
                    .containsExactly(directory.resolve("one.safetensors"), directory.resolve("two.safetensors"));
            assertThat(read.tensor("b").shape()).containsExactly(1);
            assertThat(read.fileOf("b")).isEqualTo(directory.resolve("two.safetensors"));
            assertThatThrownBy(() -> read.tensor("c"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("tensor c: not found in any of 2 files");
        }
    }

    @Test
    void indexThatIsNoJson() throws IOException {
        assertRefused("{\"weight_map\":", "index.json: line 1: found malformed JSON");
    }

    @Test
    void indexThatIsNoObject() throws IOException {
        assertRefused("[]", "index.json: found an array, expected a JSON object");
    }

    @Test
    void indexWithoutMap() throws IOException {
        assertRefused("{\"metadata\":{}}", "weight_map: not found");
        assertRefused("{\"weight_map\":[]}", "weight_map: found an array");
        assertRefused("{\"weight_map\":{}}", "weight_map: found an object, expected an object that names the file");
    }

    @Test
    void indexThatNamesATensorTwice() throws IOException {
        assertRefused("{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"two.safetensors\"}}", "Duplicate", "'a'");
    }

    @Test
    void indexWithANumberForAFile() throws IOException {
        assertRefused("{\"weight_map\":{\"a\":1}}", "tensor a: found the number 1, expected the name of a file");
    }

    @Test
    void indexThatNamesAMissingFile() throws IOException {
        assertRefused(
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"three.safetensors\"}}",
                "tensor b: should lie in 'three.safetensors', which is missing");
    }

    @Test
    void indexThatNamesAMissingTensor() throws IOException {
        assertRefused(
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"c\":\"one.safetensors\"}}",
                "tensor c: should lie in 'one.safetensors' but no file holds it");
    }

    @Test
    void indexThatPutsATensorInAnotherFile() throws IOException {
        assertRefused(
                "{\"weight_map\":{\"b\":\"one.safetensors\",\"a\":\"two.safetensors\"}}",
                "tensor b: should lie in 'one.safetensors' but lies in 'two.safetensors'");
    }

    @Test
    void tensorInTwoShards() throws IOException {
        shard(directory.resolve("three.safetensors"), "a");
        assertRefused(
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"three.safetensors\"}}",
                "three.safetensors: tensor a: lies also in '");
    }

    @Test
    void damagedShard() throws IOException {
        SafetensorsBytes.write(
                directory.resolve("two.safetensors"),
                SafetensorsBytes.of("{" + entry("b", "F32", "[2]", "[0,8]") + "}", 4));
        assertRefused(
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}",
                "two.safetensors: tensor b",
                "cut short");
    }

    @Test
    void indexThatLeadsOutOfTheDirectory() throws IOException {
        shard(parent.resolve("outside.safetensors"), "a");
        assertRefused("{\"weight_map\":{\"a\":\"../outside.safetensors\"}}", "leads out of the directory of the model");
        assertRefused(
                "{\"weight_map\":{\"a\":\"" + parent.resolve("outside.safetensors") + "\"}}",
                "leads out of the directory of the model");
        assertRefused("{\"weight_map\":{\"a\":\"x/../../outside.safetensors\"}}", "leads out of the directory");
        assertRefused("{\"weight_map\":{\"a\":\"\"}}", "leads out of the directory");
        assertRefused("{\"weight_map\":{\"a\":\"one\\u0000\"}}", "is no file name");
    }

    @Test
    void linkThatLeadsOutOfTheDirectory() throws IOException {
        shard(parent.resolve("outside.safetensors"), "a");
        Files.createSymbolicLink(directory.resolve("link.safetensors"), Path.of("../outside.safetensors"));
        assertRefused(
                "{\"weight_map\":{\"a\":\"link.safetensors\"}}",
                "is a link that leads out of the directory of the model");
    }

    @Test
    void linksOfADownloadCacheAreFollowed() throws IOException {
        // blobs/<hash> hold the files; the snapshot links to them, the index as well as the shards.
        Path blobs = Files.createDirectory(parent.resolve("blobs"));
        shard(blobs.resolve("0a"), "a");
        Files.writeString(blobs.resolve("0b"), "{\"weight_map\":{\"a\":\"m.safetensors\"}}");
        Files.createSymbolicLink(directory.resolve("m.safetensors"), Path.of("../blobs/0a"));
        Path index = directory.resolve("model.safetensors.index.json");
        Files.createSymbolicLink(index, Path.of("../blobs/0b"));
        try (ShardedSafetensors read = ShardedSafetensors.open(index)) {
            assertThat(read.names()).containsExactly("a");
        }
    }
}
