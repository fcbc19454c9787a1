package org.ieengine.loaders.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
    private static final Path FILE = Path.of("m", "config.json");
    private static final Rope PLAIN = new Rope(10_000, new Rope.Unscaled());

    private static ConfigFile file(String json) {
        return new ConfigFile(FILE, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static ModelConfig read(String json) {
        return ModelConfigReader.read(file(json));
    }

    private static LlamaConfig llama(String keys) {
        return (LlamaConfig) read("{'model_type':'llama'" + (keys.isEmpty() ? "" : ",") + keys + "}");
    }

    private static GemmaConfig gemma(String family, String keys) {
        return (GemmaConfig) read("{'model_type':'" + family + "'" + (keys.isEmpty() ? "" : ",") + keys + "}");
    }

    private static void assertRefused(String json, String key, String sentencePart) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(FILE + ": " + key + ": ")
                .hasMessageContaining(sentencePart);
    }

    @Test
    void gpt2DefaultsAreThoseOfGpt2Config() {
        assertThat(read("{'model_type':'gpt2'}"))
                .isEqualTo(new Gpt2Config(
                        12,
                        768,
                        50_257,
                        1024,
                        true,
                        OptionalInt.of(50_256),
                        12,
                        3072,
                        ActivationFunction.GELU_TANH,
                        true,
                        false,
                        1e-5f));
    }

    @Test
    void llamaDefaultsAreThoseOfLlamaConfig() {
        assertThat(llama(""))
                .isEqualTo(new LlamaConfig(
                        "llama",
                        32,
                        4096,
                        32_000,
                        2048,
                        false,
                        OptionalInt.of(1),
                        32,
                        32,
                        128,
                        11_008,
                        ActivationFunction.SILU,
                        false,
                        false,
                        1e-6f,
                        PLAIN,
                        Collections.nCopies(32, 0)));
    }

    @Test
    void mistralDefaultsAreThoseOfMistralConfig() {
        assertThat(read("{'model_type':'mistral'}"))
                .isEqualTo(new LlamaConfig(
                        "mistral",
                        32,
                        4096,
                        32_000,
                        131_072,
                        false,
                        OptionalInt.of(1),
                        32,
                        8,
                        128,
                        14_336,
                        ActivationFunction.SILU,
                        false,
                        false,
                        1e-6f,
                        PLAIN,
                        Collections.nCopies(32, 4096)));
    }

    @Test
    void gemmaDefaultsAreThoseOfGemmaConfig() {
        assertThat(gemma("gemma", ""))
                .isEqualTo(new GemmaConfig(
                        "gemma",
                        28,
                        3072,
                        256_000,
                        8192,
                        true,
                        OptionalInt.of(2),
                        16,
                        16,
                        256,
                        24_576,
                        ActivationFunction.GELU_TANH,
                        false,
                        1 / 16.0,
                        0,
                        0,
                        1e-6f,
                        Collections.nCopies(28, PLAIN),
                        Collections.nCopies(28, 0)));
    }

    @Test
    void gemma2DefaultsAreThoseOfGemma2Config() {
        GemmaConfig config = gemma("gemma2", "");
        assertThat(List.of(config.layers(), config.width(), config.vocabulary(), config.maxPositions()))
                .containsExactly(26, 2304, 256_000, 8192);
        assertThat(List.of(config.heads(), config.kvHeads(), config.headDim(), config.innerWidth()))
                .containsExactly(8, 4, 256, 9216);
        assertThat(config.attentionScale()).isEqualTo(1 / 16.0);
        assertThat(config.scoreCap()).isEqualTo(50);
        assertThat(config.logitCap()).isEqualTo(30);
        assertThat(config.tiedHead()).isTrue();
        assertThat(config.windows()).startsWith(4096, 0, 4096, 0).hasSize(26);
        assertThat(config.rope()).containsOnly(PLAIN).hasSize(26);
    }

    @Test
    void gemma3DefaultsAreThoseOfGemma3TextConfig() {
        GemmaConfig config = gemma("gemma3_text", "");
        assertThat(List.of(config.layers(), config.width(), config.vocabulary(), config.maxPositions()))
                .containsExactly(26, 2304, 262_208, 131_072);
        assertThat(List.of(config.heads(), config.kvHeads(), config.headDim(), config.innerWidth()))
                .containsExactly(8, 4, 256, 9216);
        assertThat(config.scoreCap()).isZero();
        assertThat(config.logitCap()).isZero();
        assertThat(config.windows()).startsWith(4096, 4096, 4096, 4096, 4096, 0, 4096);
        assertThat(config.rope().get(4)).isEqualTo(PLAIN);
        assertThat(config.rope().get(5)).isEqualTo(new Rope(1_000_000, new Rope.Unscaled()));
    }

    @Test
    void nullIsNotTheSameAsAbsentWhereTransformersTellsThemApart() {
        assertThat(((LlamaConfig) read("{'model_type':'mistral','num_key_value_heads':null}")).kvHeads())
                .isEqualTo(32);
        assertThat(((LlamaConfig) read("{'model_type':'mistral','sliding_window':null}")).windows())
                .containsOnly(0);
        assertThat(gemma("gemma2", "'attn_logit_softcapping':null").scoreCap()).isZero();
        assertThat(gemma("gemma2", "'final_logit_softcapping':null").logitCap()).isZero();
        assertThat(gemma("gemma2", "'sliding_window':null").windows()).containsOnly(0);
        assertThat(read("{'model_type':'gpt2','bos_token_id':null}").bosTokenId())
                .isEmpty();
        assertThat(((Gpt2Config) read("{'model_type':'gpt2','n_inner':null}")).innerWidth())
                .isEqualTo(3072);
        assertThat(llama("'head_dim':null,'num_key_value_heads':null,'rope_scaling':null")
                        .headDim())
                .isEqualTo(128);
    }

    @Test
    void everyKeyOfGpt2ThatChangesTheForwardPassIsRead() {
        assertThat(read("{'model_type':'gpt2','n_layer':2,'n_embd':24,'n_head':3,'n_positions':9,'vocab_size':11,"
                        + "'n_inner':50,'activation_function':'relu','scale_attn_weights':false,"
                        + "'scale_attn_by_inverse_layer_idx':true,'layer_norm_epsilon':0.01,'tie_word_embeddings':false,"
                        + "'bos_token_id':3,'reorder_and_upcast_attn':true}"))
                .isEqualTo(new Gpt2Config(
                        2, 24, 11, 9, false, OptionalInt.of(3), 3, 50, ActivationFunction.RELU, false, true, 0.01f));
    }

    @Test
    void generalNamesOfSizesAreReadForGpt2() {
        Gpt2Config config = (Gpt2Config) read("{'model_type':'gpt2','hidden_size':24,'num_hidden_layers':2,"
                + "'num_attention_heads':3,'max_position_embeddings':9}");
        assertThat(List.of(config.width(), config.layers(), config.heads(), config.maxPositions()))
                .containsExactly(24, 2, 3, 9);
    }

    @Test
    void everyKeyOfLlamaThatChangesTheForwardPassIsRead() {
        assertThat(llama("'num_hidden_layers':2,'hidden_size':24,'num_attention_heads':4,'num_key_value_heads':2,"
                        + "'head_dim':10,'intermediate_size':50,'vocab_size':11,'max_position_embeddings':9,"
                        + "'hidden_act':'gelu','attention_bias':true,'mlp_bias':true,'rms_norm_eps':0.01,"
                        + "'rope_theta':500,'tie_word_embeddings':true,'bos_token_id':0,'pretraining_tp':2"))
                .isEqualTo(new LlamaConfig(
                        "llama",
                        2,
                        24,
                        11,
                        9,
                        true,
                        OptionalInt.of(0),
                        4,
                        2,
                        10,
                        50,
                        ActivationFunction.GELU_ERF,
                        true,
                        true,
                        0.01f,
                        new Rope(500, new Rope.Unscaled()),
                        List.of(0, 0)));
    }

    @Test
    void everyKeyOfGemma3ThatChangesTheForwardPassIsRead() {
        GemmaConfig config = gemma(
                "gemma3_text",
                "'num_hidden_layers':4,'sliding_window_pattern':2,'sliding_window':5,'query_pre_attn_scalar':64,"
                        + "'rope_theta':100,'rope_local_base_freq':7,'rope_scaling':{'rope_type':'linear','factor':8},"
                        + "'final_logit_softcapping':3.5,'attention_bias':true,'hidden_activation':'silu'");
        assertThat(config.windows()).containsExactly(5, 0, 5, 0);
        assertThat(config.rope().get(0)).isEqualTo(new Rope(7, new Rope.Unscaled()));
        assertThat(config.rope().get(1)).isEqualTo(new Rope(100, new Rope.Linear(8)));
        assertThat(config.attentionScale()).isCloseTo(0.125, within(1e-15));
        assertThat(config.logitCap()).isEqualTo(3.5);
        assertThat(config.attentionBias()).isTrue();
        assertThat(config.activation()).isEqualTo(ActivationFunction.SILU);
    }

    @Test
    void layerTypesDecideWhichBlocksSlide() {
        String types = "'num_hidden_layers':3,'layer_types':['full_attention','sliding_attention','sliding_attention']";
        assertThat(gemma("gemma2", types + ",'sliding_window':7").windows()).containsExactly(0, 7, 7);
        assertThat(gemma("gemma3_text", types + ",'rope_local_base_freq':7").rope())
                .extracting(Rope::theta)
                .containsExactly(1e6, 7.0, 7.0);
        assertRefused(
                "{'model_type':'gemma2','layer_types':['full_attention']}", "layer_types", "found 1 entries, expected");
        assertRefused(
                "{'model_type':'gemma2','num_hidden_layers':1,'layer_types':['linear_attention']}",
                "layer_types",
                "found 'linear_attention' for block 0");
        assertRefused("{'model_type':'llama'," + types + "}", "layer_types", "a Llama model with windows");
        assertRefused("{'model_type':'mistral'," + types + "}", "layer_types", "do not all have the window");
        assertRefused("{'model_type':'gemma'," + types + "}", "layer_types", "a Gemma 1 model with windows");
    }

    @Test
    void newerRopeParametersAreRead() {
        assertThat(llama("'rope_parameters':{'rope_theta':77,'rope_type':'default'}")
                        .rope())
                .isEqualTo(new Rope(77, new Rope.Unscaled()));
        GemmaConfig config = gemma(
                "gemma3_text",
                "'num_hidden_layers':2,'sliding_window_pattern':2,'rope_parameters':{"
                        + "'full_attention':{'rope_type':'linear','factor':8,'rope_theta':5},"
                        + "'sliding_attention':{'rope_type':'default','rope_theta':6}}");
        assertThat(config.rope()).containsExactly(new Rope(6, new Rope.Unscaled()), new Rope(5, new Rope.Linear(8)));
        assertRefused(
                "{'model_type':'llama','rope_parameters':{'rope_type':'yarn','rope_theta':5,'factor':2}}",
                "rope_parameters.rope_type",
                "'yarn'".replace('\'', '"'));
        assertRefused(
                "{'model_type':'llama','rope_parameters':{'rope_theta':5,'partial_rotary_factor':0.5}}",
                "rope_parameters.partial_rotary_factor",
                "found the number 0.5");
    }

    @Test
    void ropeScalingMayNameItsTypeTheOldWay() {
        assertThat(llama("'rope_scaling':{'type':'linear','factor':2.5}").rope().scaling())
                .isEqualTo(new Rope.Linear(2.5));
        assertThat(llama("'rope_scaling':{'rope_type':'llama3','factor':8.0,'low_freq_factor':1.0,'high_freq_factor':4,"
                                + "'original_max_position_embeddings':8192}")
                        .rope()
                        .scaling())
                .isEqualTo(new Rope.Llama3(8, 1, 4, 8192));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamic", "yarn", "longrope", "su", "proportional"})
    void otherRopeTypesAreRefusedByName(String type) {
        assertRefused(
                "{'model_type':'llama','rope_scaling':{'type':'" + type + "','factor':2}}",
                "rope_scaling.rope_type",
                "found the string \"" + type + "\", expected one of default, linear, llama3");
    }

    @Test
    void incompleteRopeScalingIsRefused() {
        assertRefused("{'model_type':'llama','rope_scaling':{}}", "rope_scaling.rope_type", "found nothing");
        assertRefused(
                "{'model_type':'llama','rope_scaling':2}", "rope_scaling", "the number 2, expected an object or null");
        assertRefused("{'model_type':'llama','rope_scaling':{'type':'linear'}}", "rope_scaling.factor", "not found");
        String llama3 = "{'model_type':'llama','rope_scaling':{'type':'llama3','factor':8,'low_freq_factor':4,";
        assertRefused(
                llama3 + "'high_freq_factor':4,'original_max_position_embeddings':9}}",
                "rope_scaling.high_freq_factor",
                "expected more than low_freq_factor, 4.0");
        assertRefused(
                llama3 + "'high_freq_factor':8}}", "rope_scaling.original_max_position_embeddings", "found nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "gelu_new,GELU_TANH",
        "gelu_pytorch_tanh,GELU_TANH",
        "gelu_fast,GELU_TANH",
        "gelu,GELU_ERF",
        "quick_gelu,GELU_QUICK",
        "relu,RELU",
        "relu2,RELU_SQUARED",
        "silu,SILU",
        "swish,SILU",
        "tanh,TANH",
        "sigmoid,SIGMOID",
        "linear,IDENTITY"
    })
    void activationsAreKnownByTheNamesOfTransformers(String name, ActivationFunction function) {
        assertThat(llama("'hidden_act':'" + name + "'").activation()).isEqualTo(function);
    }

    @Test
    void unknownActivationIsRefusedByName() {
        assertRefused("{'model_type':'gpt2','activation_function':'mish'}", "activation_function", "'mish'");
        assertRefused("{'model_type':'llama','hidden_act':7}", "hidden_act", "the number 7, expected a string");
    }

    @Test
    void firstGemmaUsesTheTanhGeluWhateverHiddenActSays() {
        assertThat(gemma("gemma", "'hidden_act':'gelu'").activation()).isEqualTo(ActivationFunction.GELU_TANH);
        assertThat(gemma("gemma", "'hidden_act':'gelu','hidden_activation':null")
                        .activation())
                .isEqualTo(ActivationFunction.GELU_TANH);
        assertThat(gemma("gemma", "'hidden_activation':'gelu'").activation()).isEqualTo(ActivationFunction.GELU_ERF);
    }

    @Test
    void whatIsNotComputedIsRefusedByName() {
        assertRefused(
                "{'model_type':'llama','quantization_config':{'quant_method':'gptq','bits':4}}",
                "quantization_config",
                "quantised model (gptq)");
        assertRefused("{'model_type':'gpt2','add_cross_attention':true}", "add_cross_attention", "found true");
        assertRefused("{'model_type':'gpt2','is_encoder_decoder':true}", "is_encoder_decoder", "found true");
        assertRefused("{'model_type':'gpt2','pruned_heads':{'0':[1]}}", "pruned_heads", "found an object");
        assertRefused(
                "{'model_type':'llama','partial_rotary_factor':0.5}", "partial_rotary_factor", "found the number 0.5");
        assertRefused(
                "{'model_type':'gemma3_text','use_bidirectional_attention':true}",
                "use_bidirectional_attention",
                "found true");
        assertRefused("{'model_type':'mistral','use_sliding_window':false}", "use_sliding_window", "switched off");
        assertRefused(
                "{'model_type':'mistral','attention_bias':true}", "attention_bias", "a Mistral model with biases");
        assertRefused("{'model_type':'llama','sliding_window':9}", "sliding_window", "a Llama model with a window");
    }

    @Test
    void otherFamiliesAreRefusedWithTheSupportedOnes() {
        assertRefused(
                "{'model_type':'qwen2'}",
                "model_type",
                "found 'qwen2', expected one of gpt2, llama, mistral, gemma, gemma2, gemma3_text");
        assertRefused("{'model_type':'gemma3'}", "model_type", "expected its text model alone");
        assertRefused("{'model_type':5}", "model_type", "the number 5, expected a string");
    }

    @Test
    void familyIsInferredFromTheArchitectureWhereTheTypeIsMissing() {
        assertThat(read("{'architectures':['GPT2LMHeadModel']}").family()).isEqualTo("gpt2");
        assertThat(read("{'architectures':['LlamaForCausalLM']}").family()).isEqualTo("llama");
        assertThat(read("{'architectures':['Gemma3ForCausalLM']}").family()).isEqualTo("gemma3_text");
        assertRefused("{'architectures':['BertModel']}", "model_type", "the architecture 'BertModel' is unknown");
        assertRefused("{}", "model_type", "not found, nor 'architectures'");
        assertRefused("{'architectures':'GPT2Model'}", "model_type", "not found, nor 'architectures'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-3", "1.5", "true", "\"12\"", "[]", "{}", "2147483648", "1e30", "NaN"})
    void sizesThatAreNoneAreRefused(String value) {
        assertRefused("{'model_type':'gpt2','n_layer':" + value + "}", "n_layer", "expected a whole number");
        assertRefused("{'model_type':'llama','hidden_size':" + value + "}", "hidden_size", "expected a whole number");
        assertRefused("{'model_type':'gemma','head_dim':" + value + "}", "head_dim", "expected a whole number");
    }

    @Test
    void nullSizeIsRefused() {
        assertRefused("{'model_type':'gpt2','n_embd':null}", "n_embd", "found null, expected a whole number");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1e-5", "NaN", "Infinity", "\"1e-5\"", "true", "null"})
    void numbersThatAreNoneAreRefused(String value) {
        assertRefused("{'model_type':'gpt2','layer_norm_epsilon':" + value + "}", "layer_norm_epsilon", "expected a");
        assertRefused("{'model_type':'llama','rope_theta':" + value + "}", "rope_theta", "expected a");
        assertRefused(
                "{'model_type':'gemma2','query_pre_attn_scalar':" + value + "}", "query_pre_attn_scalar", "expected a");
    }

    @Test
    void epsilonThatVanishesInFloat32IsRefused() {
        assertRefused("{'model_type':'llama','rms_norm_eps':1e-60}", "rms_norm_eps", "float32 can hold");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "\"false\"", "[]"})
    void flagsThatAreNoneAreRefused(String value) {
        assertRefused(
                "{'model_type':'gpt2','tie_word_embeddings':" + value + "}",
                "tie_word_embeddings",
                "expected true or false");
        assertRefused("{'model_type':'llama','mlp_bias':" + value + "}", "mlp_bias", "expected true or false");
    }

    @Test
    void headsThatDoNotDivideAreRefused() {
        assertRefused("{'model_type':'gpt2','n_embd':100}", "n_embd", "multiple of the number of heads, 12");
        assertRefused(
                "{'model_type':'llama','hidden_size':100,'num_attention_heads':8}",
                "hidden_size",
                "the number of heads, 8");
        assertRefused("{'model_type':'llama','num_key_value_heads':5}", "num_key_value_heads", "divisor of");
        assertRefused("{'model_type':'llama','head_dim':15}", "head_dim", "expected an even number");
        assertRefused("{'model_type':'llama','head_dim':2147483646}", "head_dim", "wider than 2^31 - 1");
    }

    @Test
    void absurdNumberOfBlocksIsRefusedBeforeMemoryIsTaken() {
        assertRefused("{'model_type':'gpt2','n_layer':2000000000}", "n_layer", "expected at most 10000");
    }

    @Test
    void beginningOfSequenceBeyondTheVocabularyIsLeftOut() {
        ConfigFile stated = file("{'model_type':'gpt2','vocab_size':100,'bos_token_id':100}");
        assertThat(ModelConfigReader.read(stated).bosTokenId()).isEmpty();
        assertThat(stated.warnings()).hasSize(1).first().asString().contains("bos_token_id 100 is beyond");
        ConfigFile implied = file("{'model_type':'gpt2','vocab_size':100}");
        assertThat(ModelConfigReader.read(implied).bosTokenId()).isEmpty();
        assertThat(implied.warnings()).isEmpty();
        assertRefused("{'model_type':'gpt2','bos_token_id':-1}", "bos_token_id", "expected a token id");
    }
}
