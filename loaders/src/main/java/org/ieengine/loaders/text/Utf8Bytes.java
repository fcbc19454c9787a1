package org.ieengine.loaders.text;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.ieengine.loaders.InputException;

/**
 * Lets bytes pass that are UTF-8 as RFC 3629, section 4, has it (no overlong forms, no surrogates, nothing above U+10FFFF) and
 * refuses the first other one with its line. For readers that are more lenient or that cannot tell the line.
 */
final class Utf8Bytes extends FilterInputStream {
    private final String file;
    private long passed;
    private long line = 1;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xBF;

    Utf8Bytes(String file, InputStream bytes) {
        super(bytes);
        this.file = file;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        int got = super.read(target, offset, count);
        for (int i = offset; i < offset + got; i++) {
            check(target[i] & 0xFF);
        }
        if (got < 0 && missing > 0) {
            throw new InputException(file, "line " + line, "ends within a character; the file is cut short");
        }
        passed += Math.max(0, got);
        return got;
    }

    @Override
    public long skip(long count) throws IOException {
        return Math.max(0, read(new byte[(int) Math.min(1 << 16, count)]));
    }

    /** Bytes that have passed. */
    long passed() {
        return passed;
    }

    private void check(int value) {
        if (missing > 0) {
            if (value < lowest || value > highest) {
                refuse(value);
            }
            missing--;
            lowest = 0x80;
            highest = 0xBF;
        } else if (value >= 0x80) {
            begin(value);
        } else if (value == '\n') {
            line++;
        }
    }

    private void begin(int lead) {
        if (lead < 0xC2 || lead > 0xF4) {
            refuse(lead);
        }
        missing = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    }

    private void refuse(int value) {
        throw new InputException(
                file,
                "line " + line,
                "the byte 0x" + String.format("%02X", value)
                        + " is not UTF-8 there; convert the file to UTF-8, for instance with iconv");
    }
}
