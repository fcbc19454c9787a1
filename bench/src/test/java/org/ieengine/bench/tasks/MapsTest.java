package org.ieengine.bench.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The maps and the functions they are made of: known values, and that nothing is lost by any of them. */
class MapsTest {
    private static final NormalMixture FIRST = new NormalMixture(0.3, 0, 5);
    private static final NormalMixture SECOND = new NormalMixture(0.5, -1, 3);

    private static double at(SideMap map, double x) {
        return map.apply(new double[] {x})[0];
    }

    static Stream<Named<SideMap>> functionsOfOneVariable() {
        return Stream.of(
                Named.of("normal CDF", Maps.NORMAL_CDF),
                Named.of("half-cube", Maps.HALF_CUBE),
                Named.of("asinh", Maps.ASINH),
                Named.of("wiggly x", Maps.WIGGLY_X),
                Named.of("wiggly y", Maps.WIGGLY_Y),
                Named.of("mixture x", Maps.toMixture(FIRST)),
                Named.of("mixture y", Maps.toMixture(SECOND)));
    }

    @ParameterizedTest
    @MethodSource("functionsOfOneVariable")
    void functionsOfOneVariableRiseEverywhere(SideMap map) {
        // Normals by Box and Muller from 32-bit words lie within 6.8.
        double before = at(map, -6.8);
        for (double x = -6.8 + 1e-3; x <= 6.8; x += 1e-3) {
            double value = at(map, x);
            assertThat(value).as("at %s", x).isGreaterThan(before);
            before = value;
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e6, -6.8, -1.3, -1e-3, 0, 0.4, 2, 1e6})
    void closedInversesGiveTheArgumentBack(double x) {
        double close = 1e-9 * Math.max(1, Math.abs(x));
        assertThat(Math.sinh(at(Maps.ASINH, x))).isCloseTo(x, within(close));
        double cubed = at(Maps.HALF_CUBE, x);
        assertThat(Math.signum(cubed) * Math.pow(Math.abs(cubed), 2 / 3d)).isCloseTo(x, within(close));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.5, 0.77, 1})
    void theSwissRollIsUnrolledByItsRadius(double u) {
        double[] rolled = Maps.SWISS_ROLL.apply(new double[] {u});
        assertThat(rolled).hasSize(2);
        double t = 21 * Math.hypot(rolled[0], rolled[1]);
        assertThat((t / (1.5 * Math.PI) - 1) / 2).isCloseTo(u, within(1e-12));
        assertThat(Math.atan2(rolled[1], rolled[0])).isCloseTo(Math.atan2(Math.sin(t), Math.cos(t)), within(1e-9));
    }

    @ParameterizedTest
    @CsvSource({"2, 0", "3, 0", "3, 1", "25, 1"})
    void theSpiralOfOppositeSpeedTurnsBack(int d, int first) {
        double[] v = new double[d];
        for (int i = 0; i < d; i++) {
            v[i] = new Philox(5, 1, 0, 0, 0).normal(i);
        }
        double[] turned = Maps.spiral(1 / 3d, first).apply(v);
        assertThat(turned).isNotEqualTo(v);
        double[] back = Maps.spiral(-1 / 3d, first).apply(turned);
        for (int i = 0; i < d; i++) {
            assertThat(back[i]).isCloseTo(v[i], within(1e-12));
            if (i != first && i != first + 1) {
                assertThat(turned[i]).isEqualTo(v[i]);
            }
        }
    }

    @Test
    void theSpiralTurnsByAThirdOfTheSquaredRadius() {
        double radius = Math.sqrt(1.5 * Math.PI);
        double[] turned = Maps.spiral(1 / 3d, 0).apply(new double[] {radius, 0});
        assertThat(turned[0]).isCloseTo(0, within(1e-12));
        assertThat(turned[1]).isCloseTo(radius, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.5",
        "1, 0.841344746068542949",
        "1.96, 0.975002104851779565",
        "-1, 0.158655253931457051",
        "-3, 0.00134989803163009453",
        "-5, 2.86651571879193912e-7",
        "-10, 7.61985302416052606e-24"
    })
    void normalDistributionFunction(double x, double p) {
        assertThat(NormalDistribution.cumulative(x)).isCloseTo(p, within(1e-12 * p));
        assertThat(NormalDistribution.cumulative(-x)).isCloseTo(1 - p, within(1e-15));
    }

    @Test
    void bothFormsOfTheNormalDistributionFunctionMeet() {
        double inside = NormalDistribution.cumulative(-3);
        double outside = NormalDistribution.cumulative(Math.nextDown(-3.0));
        assertThat(outside).isCloseTo(inside, within(1e-12 * inside));
    }

    @Test
    void quantilesOfAMixtureHaveTheProbabilitiesTheyWereAskedFor() {
        for (NormalMixture mixture : new NormalMixture[] {FIRST, SECOND}) {
            NormalMixture mirrored = new NormalMixture(mixture.w(), -mixture.mean0(), -mixture.mean1());
            for (double z = -6.8; z <= 6.8; z += 0.05) {
                double x = mixture.fromNormal(z);
                double lower = NormalDistribution.cumulative(z);
                double upper = NormalDistribution.cumulative(-z);
                assertThat(mixture.cumulative(x)).isCloseTo(lower, within(1e-11 * Math.max(lower, 1e-3)));
                assertThat(mirrored.cumulative(-x)).isCloseTo(upper, within(1e-10 * upper));
            }
        }
    }

    @Test
    void gammaFunctions() {
        double euler = 0.577215664901532861;
        assertThat(GammaFunctions.logGamma(0.5)).isCloseTo(0.5 * Math.log(Math.PI), within(1e-12));
        assertThat(GammaFunctions.logGamma(1)).isCloseTo(0, within(1e-12));
        assertThat(GammaFunctions.logGamma(7)).isCloseTo(Math.log(720), within(1e-12));
        assertThat(GammaFunctions.logGamma(21)).isCloseTo(Math.log(2432902008176640000d), within(1e-11));
        assertThat(GammaFunctions.digamma(1)).isCloseTo(-euler, within(1e-12));
        assertThat(GammaFunctions.digamma(0.5)).isCloseTo(-euler - 2 * Math.log(2), within(1e-12));
        assertThat(GammaFunctions.digamma(20.5)).isCloseTo(GammaFunctions.digamma(19.5) + 1 / 19.5, within(1e-12));
    }
}
