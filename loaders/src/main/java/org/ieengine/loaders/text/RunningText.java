package org.ieengine.loaders.text;

/**
 * Reads running text, one text after the other. In plain text ({@code .txt}) a text is a paragraph: the lines up to a blank one, put
 * together with a line feed between; a paragraph beyond {@value #LONGEST_PARAGRAPH} characters is ended at the next line end. In JSON
 * every string found is a text, as it is. See {@link DataSource.Sentences} for the formats.
 */
public final class RunningText implements AutoCloseable {
    private static final int LONGEST_PARAGRAPH = 1 << 20;

    private final SentenceReader reader;
    private long blank;

    private RunningText(SentenceReader reader) {
        this.reader = reader;
    }

    /**
     * Opens a source.
     *
     * @throws org.ieengine.loaders.InputException when it is missing, unreadable, empty, of no known format, or not the gzip that
     *     its name says
     */
    public static RunningText open(DataSource.Sentences source) {
        return new RunningText(SentenceReader.open(source));
    }

    /**
     * The next text that is not blank; null at the end.
     *
     * @throws org.ieengine.loaders.InputException when the source is not what its name says, naming the line
     */
    public String next() {
        Sentence sentence = reader.next();
        while (sentence != null && sentence.blank()) {
            blank += reader.plainText() ? 0 : 1;
            sentence = reader.next();
        }
        if (sentence == null || !reader.plainText()) {
            return sentence == null ? null : sentence.text();
        }
        StringBuilder paragraph = new StringBuilder(sentence.text());
        for (Sentence line = next(paragraph); line != null && !line.blank(); line = next(paragraph)) {
            paragraph.append('\n').append(line.text());
        }
        return paragraph.toString();
    }

    private Sentence next(StringBuilder paragraph) {
        return paragraph.length() > LONGEST_PARAGRAPH ? null : reader.next();
    }

    /** Blank strings of JSON that were passed over. */
    public long blank() {
        return blank;
    }

    /** Share of the stored bytes read so far; NaN where the size is not known. */
    public double fraction() {
        return reader.fraction();
    }

    /** Reads to the end of the stored bytes and gives their SHA-256 in hexadecimal digits. */
    public String sha256() {
        return reader.sha256();
    }

    @Override
    public void close() {
        reader.close();
    }
}
