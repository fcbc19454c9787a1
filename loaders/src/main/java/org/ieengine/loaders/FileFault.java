package org.ieengine.loaders;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Turns what the system says about a file into a sentence: the one wording of full disks, missing rights and the like. */
public final class FileFault {
    private FileFault() {}

    /** A fault while writing to {@code file}. */
    public static InputException writing(String file, IOException fault) {
        return writing(file, "", fault);
    }

    /** A fault while writing at {@code place} of {@code file}. */
    public static InputException writing(String file, String place, IOException fault) {
        String reason = fault instanceof NoSuchFileException ? "its directory does not exist" : reason(fault);
        return new InputException(file, place, "cannot be written: " + reason, fault);
    }

    /** A fault while reading {@code file}. */
    public static InputException reading(String file, IOException fault) {
        return reading(file, "", fault);
    }

    /** A fault while reading at {@code place} of {@code file}. */
    public static InputException reading(String file, String place, IOException fault) {
        return new InputException(file, place, "cannot be read: " + reason(fault), fault);
    }

    /** What went wrong, with what to do where that is known. */
    public static String reason(IOException fault) {
        String message = message(fault);
        if (message.contains("No space left on device") || message.contains("not enough space on the disk")) {
            return "no space left on the device; free some or write elsewhere";
        }
        if (message.contains("Disk quota exceeded")) {
            return "the disk quota is used up; free some or write elsewhere";
        }
        if (message.contains("Read-only file system")) {
            return "the file system is read-only; write elsewhere";
        }
        if (message.contains("File too large")) {
            return "it grew beyond what the file system or the user's limit allows";
        }
        if (message.contains("Input/output error")) {
            return "the disk failed (" + message + "); check it or copy the file again";
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

    private static String message(IOException fault) {
        if (fault instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        return fault.getMessage() == null ? fault.getClass().getSimpleName() : fault.getMessage();
    }
}
