package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientKeyTest {

  @TempDir private Path directory;

  private static String pem(String algorithm) throws Exception {
    byte[] key =
        KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate().getEncoded();
    return "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
        .formatted(Base64.getMimeEncoder().encodeToString(key));
  }

  private static ConfigBuilder nobody() {
    return new ConfigBuilder(Config.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void aKeyWhoseHeaderDoesNotNameTheAlgorithmIsKnownByWhatItHolds(String algorithm)
      throws Exception {
    Path file = Files.writeString(directory.resolve("key"), pem(algorithm));
    Config ofFile = nobody().withClientKeyFile(file.toString()).build();
    assertThat(ClientKey.algorithm(ofFile)).contains(algorithm);
    byte[] bytes = pem(algorithm).getBytes(StandardCharsets.US_ASCII);
    Config ofData = nobody().withClientKeyData(Base64.getEncoder().encodeToString(bytes)).build();
    assertThat(ClientKey.algorithm(ofData)).contains(algorithm);
  }

  @Test
  void aUserWithATokenHasNoKey() {
    assertThat(ClientKey.algorithm(nobody().withOauthToken("secret").build())).isEmpty();
  }

  @Test
  void aKeyFileThatIsNotThereIsNamed() {
    Path missing = directory.resolve("missing");
    Config config = nobody().withClientKeyFile(missing.toString()).build();
    assertThatThrownBy(() -> ClientKey.algorithm(config))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(missing.toString());
  }
}
