package org.ieengine.loaders.array;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.loaders.InputException;

/**
 * Header of a {@code .npy} file: a Python dictionary literal with the keys descr, fortran_order and shape (NumPy's
 * {@code numpy.lib.format}, versions 1.0, 2.0 and 3.0).
 *
 * @param kind b, i, u or f
 * @param width bytes of an element
 * @param order byte order of the elements
 * @param fortranOrder whether the first index runs fastest
 * @param shape sizes
 */
record NpyHeader(char kind, int width, ByteOrder order, boolean fortranOrder, long[] shape) {
    static NpyHeader parse(String file, String text) {
        return new Parser(file, text).header();
    }

    /** Number of elements; refuses more than a file can hold. */
    long elements(String file) {
        long elements = 1;
        for (long size : shape) {
            try {
                elements = Math.multiplyExact(elements, size);
            } catch (ArithmeticException tooMany) {
                throw new InputException(
                        file, "header", "shape " + Arrays.toString(shape) + " has more elements than a file holds");
            }
        }
        return elements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NpyHeader that
                && kind == that.kind
                && width == that.width
                && order == that.order
                && fortranOrder == that.fortranOrder
                && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(shape) + kind + width;
    }

    @Override
    public String toString() {
        return kind + "" + width + " " + order + (fortranOrder ? " fortran " : " ") + Arrays.toString(shape);
    }

    /** Reads the literal: strings, True, False, and tuples of integers. */
    private static final class Parser {
        private final String file;
        private final String text;
        private int at;

        Parser(String file, String text) {
            this.file = file;
            this.text = text;
        }

        NpyHeader header() {
            String descr = null;
            Boolean fortran = null;
            long[] shape = null;
            expect('{');
            while (peek() != '}') {
                String key = string();
                expect(':');
                switch (key) {
                    case "descr" -> descr = descr();
                    case "fortran_order" -> fortran = truth();
                    case "shape" -> shape = tuple();
                    default -> throw fault("the unknown key '" + key + "'");
                }
                if (peek() != '}') {
                    expect(',');
                }
            }
            if (descr == null || fortran == null || shape == null) {
                throw fault("not all of descr, fortran_order and shape");
            }
            return of(descr, fortran, shape);
        }

        private NpyHeader of(String descr, boolean fortran, long[] shape) {
            if (!descr.matches("[<>=|]?[biuf](1|2|4|8|16)") || descr.endsWith("f1")) {
                throw unsupported(descr);
            }
            int digits = Character.isLetter(descr.charAt(0)) ? 0 : 1;
            char kind = descr.charAt(digits);
            int width = Integer.parseInt(descr.substring(digits + 1));
            if (width == 16 || (kind == 'b' && width != 1)) {
                throw unsupported(descr);
            }
            boolean big = descr.charAt(0) == '>';
            boolean host = descr.charAt(0) == '=' || digits == 0;
            ByteOrder order = host ? ByteOrder.nativeOrder() : big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            return new NpyHeader(kind, width, order, fortran, shape);
        }

        private InputException unsupported(String descr) {
            return new InputException(
                    file,
                    "header",
                    "element type '" + descr + "' is not read here; save it as float16, 32 or 64, an integer or bool");
        }

        private String descr() {
            if (peek() == '[') {
                throw unsupported("structured");
            }
            return string();
        }

        private String string() {
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw fault("no string");
            }
            int end = text.indexOf(quote, at + 1);
            if (end < 0) {
                throw fault("an open string");
            }
            String value = text.substring(at + 1, end);
            at = end + 1;
            return value;
        }

        private boolean truth() {
            peek();
            for (String word : List.of("True", "False")) {
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("True");
                }
            }
            throw fault("neither True nor False");
        }

        private long[] tuple() {
            List<Long> sizes = new ArrayList<>();
            expect('(');
            while (peek() != ')') {
                int start = at;
                while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == 'L')) {
                    at++;
                }
                String size = text.substring(start, at).replace("L", "");
                if (size.isEmpty() || size.length() > 18) {
                    throw fault("a size that is no count");
                }
                sizes.add(Long.parseLong(size));
                if (peek() != ')') {
                    expect(',');
                }
            }
            at++;
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }

        private char peek() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            if (at >= text.length()) {
                throw fault("its end");
            }
            return text.charAt(at);
        }

        private void expect(char wanted) {
            if (peek() != wanted) {
                throw fault("'" + text.charAt(at) + "' where '" + wanted + "' is expected");
            }
            at++;
        }

        private InputException fault(String found) {
            return new InputException(
                    file, "header, character " + at, "found " + found + "; this is no header of numpy.save");
        }
    }
}
