package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.ieengine.cli.experiment.ExperimentPoint.Sample;
import org.ieengine.cli.experiment.PointSettings.Critics;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.Selection;

/**
 * Which points an experiment measures, and where critics are trained.
 *
 * @param settings what all points share
 */
public record PointPlan(PointSettings settings) {
    /**
     * One thing to be measured.
     *
     * @param label what it is
     * @param sample sequences and model
     * @param layers number of blocks of the model
     * @param tokens T
     */
    public record Subject(PointLabel label, Sample sample, int layers, int tokens) {}

    /** Every position of each subject: {@code length}, {@code shots}. Critics at three marks, at three positions without marks. */
    public List<ExperimentPoint> byPosition(List<Subject> subjects) {
        List<ExperimentPoint> points = new ArrayList<>();
        for (Subject subject : subjects) {
            List<Integer> positions = IntStream.range(0, subject.tokens).boxed().toList();
            if (settings.critics() == Critics.THREE) {
                List<Integer> marks = subject.sample.demonstrations().ends();
                positions = marks.isEmpty() ? PointSettings.threePositions(subject.tokens) : PointSettings.three(marks);
            }
            points.add(new ExperimentPoint(
                    subject.label,
                    subject.sample,
                    settings.exact(Selection.ALL),
                    settings.critic(positions, subject.layers)));
        }
        return points;
    }

    /** The last position of one subject: {@code layers}. */
    public List<ExperimentPoint> byBlock(Subject subject) {
        return List.of(lastPosition(subject).withCritic(critic(subject)));
    }

    /**
     * The last position of each subject: {@code model-size}, {@code text-source}, {@code perturbation}. Critics at three of them.
     *
     * @param candidates indices of the subjects that get critics when there are three: first, middle and last of these
     */
    public List<ExperimentPoint> bySubject(List<Subject> subjects, List<Integer> candidates) {
        TreeSet<Integer> chosen = new TreeSet<>(PointSettings.three(candidates));
        List<ExperimentPoint> points = new ArrayList<>();
        for (int i = 0; i < subjects.size(); i++) {
            ExperimentPoint point = lastPosition(subjects.get(i));
            boolean wanted = settings.critics() == Critics.ALL || chosen.contains(i);
            points.add(wanted ? point.withCritic(critic(subjects.get(i))) : point);
        }
        return points;
    }

    private ExperimentPoint lastPosition(Subject subject) {
        return new ExperimentPoint(subject.label, subject.sample, settings.exact(Selection.LAST), null);
    }

    private MeasureSettings critic(Subject subject) {
        return settings.critic(List.of(subject.tokens - 1), subject.layers);
    }
}
