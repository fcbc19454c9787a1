package org.ieengine.cli;

/** The device or precision asked for cannot be used. One line with the reason and the remedy; exit code 4. */
public final class DeviceUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param asked what was asked for, e.g. {@code --device cuda}
     * @param reason why it cannot be used
     * @param remedy what to do
     */
    public DeviceUnavailableException(String asked, String reason, String remedy) {
        super(asked + ": " + reason + "; " + remedy);
    }
}
