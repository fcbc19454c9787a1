package org.ieengine.loaders.text;

import java.nio.ByteBuffer;
import org.ieengine.loaders.InputException;

/** Walks the fields of one protobuf message (wire format: tag = field number, wire type; then the value), trusting no length. */
final class ProtoReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final String file;
    private final byte[] source;
    private final int end;
    private int position;
    private int field;
    private long value;
    private int start;
    private int length = -1;

    ProtoReader(String file, byte[] source, int from, int count) {
        this.file = file;
        this.source = source;
        this.position = from;
        this.end = from + count;
    }

    /** Goes to the next field; false at the end of the message. */
    boolean next() {
        if (position == end) {
            return false;
        }
        int at = position;
        long tag = readVarint();
        field = (int) (tag >>> 3);
        length = -1;
        switch ((int) (tag & 7)) {
            case VARINT -> value = readVarint();
            case FIXED64 -> skip(8, at);
            case BYTES -> {
                long count = readVarint();
                start = position;
                length = (int) Math.min(Integer.MAX_VALUE, count < 0 ? Integer.MAX_VALUE : count);
                skip(length, at);
            }
            case FIXED32 -> skip(4, at);
            default -> throw damaged(at);
        }
        if (field == 0) {
            throw damaged(at);
        }
        return true;
    }

    /** Number of the field. */
    int field() {
        return field;
    }

    /** Its integer. */
    long varint() {
        if (length >= 0) {
            throw damaged(start);
        }
        return value;
    }

    /** Its bytes. */
    ByteBuffer bytes() {
        requireBytes();
        return ByteBuffer.wrap(source, start, length);
    }

    /** Its bytes as a message. */
    ProtoReader message() {
        requireBytes();
        return new ProtoReader(file, source, start, length);
    }

    private void requireBytes() {
        if (length < 0) {
            throw damaged(position);
        }
    }

    private void skip(int count, int at) {
        if (count > end - position) {
            throw damaged(at);
        }
        position += count;
    }

    private long readVarint() {
        int at = position;
        long result = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position == end) {
                throw damaged(at);
            }
            byte next = source[position++];
            result |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return result;
            }
        }
        throw damaged(at);
    }

    private InputException damaged(int at) {
        return new InputException(
                file,
                "byte " + at,
                "is not a SentencePiece model from there on; it is cut short or damaged: fetch it again");
    }
}
