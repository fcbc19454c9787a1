package org.ieengine.engine.ie;

/**
 * What computed the result.
 *
 * @param version of the program, from the manifest of its jar
 * @param commit of the program, from the manifest of its jar
 * @param java version and vendor of the Java machine
 * @param os name, version and architecture of the operating system
 * @param device what the backend says of itself
 * @param precision mode of the matrix products: f32, tf32, bf16
 * @param libraries own or vendor
 */
public record EngineProvenance(
        String version, String commit, String java, String os, String device, String precision, String libraries) {
    /** What decides the last digits of an estimate: device and precision, but not the number of threads, which changes none. */
    public String computer() {
        return device.replaceFirst(", \\d+ threads?\\b", "") + ", " + precision;
    }

    /** Whether what {@link #computer} gave names a mode that rounds the operands of matrix products. */
    static boolean isRounded(String computer) {
        return computer.endsWith(", bf16") || computer.endsWith(", tf32");
    }
}
