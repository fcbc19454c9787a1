package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.tensor.Backend;

/** Every case there is, in the order of the table. */
final class CaseList {
    private CaseList() {}

    /** Cases of these extents on that backend. */
    static List<BenchmarkCase> of(Extents extents, Backend backend) {
        List<BenchmarkCase> cases = new ArrayList<>(new MemoryCases(extents).cases());
        cases.addAll(new ModelProductCases(extents).cases());
        cases.addAll(new CriticProductCases(extents).cases());
        cases.addAll(new BlockCases(extents).cases());
        cases.addAll(new AttentionCases(extents).cases());
        cases.addAll(new ElementCases(extents).cases());
        cases.addAll(new PairCases(extents).cases());
        cases.addAll(new ValueCases(extents).cases());
        cases.addAll(new OptimiserCases(extents).cases());
        cases.addAll(new TailCases(extents).cases(backend));
        cases.addAll(new StatisticsCases(extents).cases());
        cases.addAll(new MixtureCases(extents).cases());
        return cases;
    }
}
