package org.ieengine.loaders.text;

import java.io.IOException;

/** One way of laying sentences out in a file, read forward. */
interface SentenceFormat {
    /**
     * The next sentence, blank ones included; null at the end.
     *
     * @throws org.ieengine.loaders.InputException when the text is not what the format says, naming the line
     */
    Sentence next() throws IOException;

    /** Line that was reached, from 1 on; 0 before the first. */
    long line();
}
