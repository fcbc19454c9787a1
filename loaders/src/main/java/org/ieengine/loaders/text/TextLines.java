package org.ieengine.loaders.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.ieengine.loaders.InputException;

/**
 * One sentence a line in strict UTF-8. Lines end in LF or CR LF; a byte-order mark before the first is dropped; every other
 * character, NUL and lone CR included, belongs to the text. The last line needs no end.
 */
final class TextLines implements SentenceFormat {
    /** A file without line ends must not fill the heap before it is recognised. */
    static final int LONGEST_LINE = 16 << 20;

    private static final int CHUNK = 1 << 15;

    private final String file;
    private final InputStream bytes;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final byte[] chunk = new byte[CHUNK];
    private int position;
    private int filled;
    private byte[] longLine = new byte[256];
    private int longLength;
    private long line;

    TextLines(String file, InputStream bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    @Override
    public Sentence next() throws IOException {
        longLength = 0;
        while (true) {
            if (position == filled && !fill()) {
                boolean onlyMark = line == 0 && longLength == 3 && startsWithMark(longLine, 0);
                if (longLength == 0 || onlyMark) {
                    return null;
                }
                line++;
                return decoded(longLine, 0, longLength);
            }
            int end = position;
            while (end < filled && chunk[end] != '\n') {
                end++;
            }
            boolean ended = end < filled;
            int start = position;
            position = ended ? end + 1 : end;
            if (ended && longLength == 0) {
                line++;
                return decoded(chunk, start, end - start);
            }
            append(start, end - start);
            if (ended) {
                line++;
                return decoded(longLine, 0, longLength);
            }
        }
    }

    private boolean fill() throws IOException {
        position = 0;
        filled = Math.max(0, bytes.read(chunk, 0, chunk.length));
        return filled > 0;
    }

    private void append(int start, int count) {
        if (longLength + count > LONGEST_LINE) {
            throw new InputException(
                    file,
                    "line " + (line + 1),
                    "is longer than " + (LONGEST_LINE >> 20)
                            + " MiB; expected one sentence a line: split the text into lines first");
        }
        if (longLength + count > longLine.length) {
            longLine = Arrays.copyOf(longLine, Math.max(2 * longLine.length, longLength + count));
        }
        System.arraycopy(chunk, start, longLine, longLength, count);
        longLength += count;
    }

    private Sentence decoded(byte[] source, int start, int count) {
        int from = start;
        int length = count;
        if (length > 0 && source[from + length - 1] == '\r') {
            length--;
        }
        if (line == 1 && length >= 3 && startsWithMark(source, from)) {
            from += 3;
            length -= 3;
        }
        ByteBuffer encoded = ByteBuffer.wrap(source, from, length);
        try {
            return new Sentence(line, decoder.decode(encoded).toString());
        } catch (CharacterCodingException e) {
            int at = encoded.position();
            throw new InputException(
                    file,
                    "line " + line,
                    "byte " + (at - start + 1) + " of the line (0x" + String.format("%02X", source[at])
                            + ") is not UTF-8; convert the file to UTF-8, for instance with iconv",
                    e);
        }
    }

    private static boolean startsWithMark(byte[] source, int from) {
        return source[from] == (byte) 0xEF && source[from + 1] == (byte) 0xBB && source[from + 2] == (byte) 0xBF;
    }

    @Override
    public long line() {
        return line;
    }
}
