package org.ieengine.loaders.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** Small files of lines. */
public final class TextFile {
    private TextFile() {}

    /**
     * The lines of a text in strict UTF-8, without their ends (LF or CR LF); a byte-order mark is dropped.
     *
     * @param file what faults name
     * @param bytes its content
     * @throws InputException naming the line that is not UTF-8
     */
    public static List<String> lines(String file, byte[] bytes) {
        List<String> lines = new ArrayList<>();
        TextLines reader = new TextLines(file, new ByteArrayInputStream(bytes));
        try {
            for (Sentence line = reader.next(); line != null; line = reader.next()) {
                lines.add(line.text());
            }
        } catch (IOException e) {
            throw FileFault.reading(file, e);
        }
        return lines;
    }
}
