package org.ieengine.cli.output;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.ieengine.loaders.InputException;

/** Turns what the system says about a file into a sentence. */
public final class FileFault {
    private FileFault() {}

    /** A fault while writing to {@code file}. */
    public static InputException writing(String file, IOException fault) {
        return new InputException(file, "", "cannot be written: " + reason(fault), fault);
    }

    /** A fault while reading {@code file}. */
    public static InputException reading(String file, IOException fault) {
        return new InputException(file, "", "cannot be read: " + reason(fault), fault);
    }

    /** What went wrong, with what to do where that is known. */
    public static String reason(IOException fault) {
        String message = fault instanceof FileSystemException system && system.getReason() != null
                ? system.getReason()
                : String.valueOf(fault.getMessage());
        if (message.contains("No space left on device") || message.contains("not enough space on the disk")) {
            return "no space left on the device; free some, or choose another --out";
        }
        if (message.contains("Disk quota exceeded")) {
            return "the disk quota is used up; free some, or choose another --out";
        }
        if (message.contains("Read-only file system")) {
            return "the file system is read-only; choose another --out";
        }
        if (message.contains("File too large")) {
            return "it grew beyond what the file system or the user's limit allows";
        }
        if (fault instanceof AccessDeniedException || message.contains("Permission denied")) {
            return "permission denied";
        }
        if (fault instanceof NoSuchFileException || fault instanceof FileNotFoundException) {
            return "no such file or directory";
        }
        if (fault instanceof NotDirectoryException || message.contains("Not a directory")) {
            return "a part of its path is a file, not a directory";
        }
        if (fault instanceof FileAlreadyExistsException) {
            return "a file of that name stands where a directory is expected";
        }
        return message;
    }
}
