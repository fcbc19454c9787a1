package org.ieengine.bench.tasks;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.bench.tasks.BaseLaws.Pairs;

/**
 * The 40 tasks of Czyz et al. 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators" (NeurIPS, arXiv
 * 2306.11078). All coordinates are standardised.
 */
public final class BeyondNormal {
    private static final double RHO = 0.75;
    private static final double PAIR_RHO = 0.8;
    private static final double SPEED = 1 / 3d;

    private BeyondNormal() {}

    /** The tasks, one-dimensional ones first. */
    public static List<KnownTask> tasks() {
        List<KnownTask> tasks = new ArrayList<>(oneByOne());
        KnownTask normal = normal();
        tasks.add(normal.mapped("Swiss roll 2x1", Maps.NORMAL_CDF.then(Maps.SWISS_ROLL), Maps.NORMAL_CDF));
        for (int d : new int[] {2, 3, 5, 25, 50}) {
            tasks.add(BaseLaws.denseNormal("Multinormal dense " + size(d), d, d, 0.5));
        }
        for (int d : new int[] {2, 3, 5, 25}) {
            tasks.add(twoPair(d));
        }
        for (int[] t : new int[][] {{2, 1}, {2, 2}, {3, 2}, {3, 3}, {5, 2}, {5, 3}}) {
            tasks.add(student(t[0], t[1]));
        }
        for (int[] t : new int[][] {{2, 1}, {3, 2}, {5, 2}}) {
            tasks.add(image("Asinh", student(t[0], t[1]), Maps.ASINH, Maps.ASINH));
        }
        for (int d : new int[] {3, 5, 25}) {
            tasks.addAll(twoPairImages(d));
        }
        return List.copyOf(tasks);
    }

    private static List<KnownTask> oneByOne() {
        KnownTask normal = normal();
        KnownTask cauchy = student(1, 1);
        SideMap bimodalX = Maps.toMixture(new NormalMixture(0.3, 0, 5));
        SideMap bimodalY = Maps.toMixture(new NormalMixture(0.5, -1, 3));
        return List.of(
                normal,
                normal.mapped("Uniform 1x1", Maps.NORMAL_CDF, Maps.NORMAL_CDF),
                image("Half-cube", normal, Maps.HALF_CUBE, Maps.HALF_CUBE),
                image("Wiggly", normal, Maps.WIGGLY_X, Maps.WIGGLY_Y),
                normal.mapped("Bimodal 1x1", bimodalX, bimodalY),
                BaseLaws.uniformNoise("Additive noise 0.1, 1x1", 0.1),
                BaseLaws.uniformNoise("Additive noise 0.75, 1x1", 0.75),
                cauchy,
                image("Asinh", cauchy, Maps.ASINH, Maps.ASINH));
    }

    private static List<KnownTask> twoPairImages(int d) {
        KnownTask base = twoPair(d);
        KnownTask uniform = image("Normal CDF", base, Maps.NORMAL_CDF, Maps.NORMAL_CDF);
        SideMap spiralX = Maps.spiral(SPEED, 0);
        SideMap spiralY = Maps.spiral(SPEED, 1);
        return List.of(
                uniform,
                image("Half-cube", base, Maps.HALF_CUBE, Maps.HALF_CUBE),
                image("Spiral", base, spiralX, spiralY),
                image("Spiral", uniform, spiralX, spiralY));
    }

    private static KnownTask normal() {
        return BaseLaws.pairedNormal("Normal 1x1", 1, 1, new Pairs(1, RHO));
    }

    private static KnownTask twoPair(int d) {
        return BaseLaws.pairedNormal("Multinormal 2-pair " + size(d), d, d, new Pairs(2, PAIR_RHO));
    }

    private static KnownTask student(int d, int degreesOfFreedom) {
        String name = "Student-t " + size(d) + " (dof " + degreesOfFreedom + ")";
        return BaseLaws.student(name, d, d, degreesOfFreedom);
    }

    private static KnownTask image(String map, KnownTask base, SideMap mapX, SideMap mapY) {
        return base.mapped(map + " of " + base.name(), mapX, mapY);
    }

    private static String size(int d) {
        return d + "x" + d;
    }
}
