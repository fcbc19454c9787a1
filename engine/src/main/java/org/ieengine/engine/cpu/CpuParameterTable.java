package org.ieengine.engine.cpu;

import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.ParameterTable;

/** A list of parameters. */
final class CpuParameterTable implements ParameterTable {
    private final List<Parameter> parameters;
    private boolean closed;

    CpuParameterTable(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
    }

    /**
     * The table as one of this backend.
     *
     * @throws IllegalArgumentException for null or a table of another backend
     * @throws IllegalStateException when it has been closed
     */
    static CpuParameterTable open(ParameterTable table) {
        if (!(table instanceof CpuParameterTable)) {
            throw new IllegalArgumentException(
                    table == null
                            ? "the table of parameters is missing"
                            : "the table of parameters belongs to another backend");
        }
        CpuParameterTable open = (CpuParameterTable) table;
        if (open.closed) {
            throw new IllegalStateException("the table of parameters was used after it had been closed");
        }
        return open;
    }

    List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public void close() {
        if (closed) {
            throw new IllegalStateException("the table of parameters was closed twice");
        }
        closed = true;
    }
}
