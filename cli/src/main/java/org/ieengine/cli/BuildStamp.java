package org.ieengine.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.jar.Attributes;

/**
 * What was built: version and commit from the manifest of the jar.
 *
 * @param version e.g. {@code 0.1.0}; {@code development} when the classes do not come from the jar
 * @param commit abbreviated commit; empty when it is not known
 */
public record BuildStamp(String version, String commit) {
    /** That of the running program. */
    public static BuildStamp read() {
        URL self = BuildStamp.class.getResource("BuildStamp.class");
        if (self == null || !"jar".equals(self.getProtocol())) {
            return new BuildStamp("development", "");
        }
        try {
            Attributes attributes = ((JarURLConnection) self.openConnection()).getMainAttributes();
            String version = attributes.getValue("Implementation-Version");
            String commit = attributes.getValue("Implementation-Commit");
            boolean known = commit != null && commit.matches("[0-9a-f]{4,40}(-dirty)?");
            return new BuildStamp(version == null ? "development" : version, known ? commit : "");
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    @Override
    public String toString() {
        return "ie-engine " + version + (commit.isEmpty() ? "" : " (" + commit + ")");
    }
}
