package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The key that a kubeconfig's user proves to be who it is with. The Kubernetes client takes a key
 * in PKCS #8, whose header does not name the algorithm, for one of RSA; clusters of today have
 * others, too.
 */
final class ClientKey {

  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);

  private ClientKey() {}

  /**
   * Finds out what a key of PKCS #8 is.
   *
   * @return RSA, EC or Ed25519; empty if there is no such key
   * @throws Failure if the key's file cannot be read
   */
  static Optional<String> algorithm(Config config) {
    Matcher pem = PKCS8.matcher(text(config));
    if (!pem.find()) {
      return Optional.empty();
    }
    byte[] key = Base64.getMimeDecoder().decode(pem.group(1));
    return List.of("RSA", "EC", "Ed25519").stream().filter(name -> is(key, name)).findFirst();
  }

  private static boolean is(byte[] key, String algorithm) {
    try {
      KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static String text(Config config) {
    if (config.getClientKeyData() != null) {
      byte[] pem = Base64.getMimeDecoder().decode(config.getClientKeyData());
      return new String(pem, StandardCharsets.US_ASCII);
    }
    if (config.getClientKeyFile() == null) {
      return "";
    }
    try {
      return Files.readString(Path.of(config.getClientKeyFile()));
    } catch (IOException e) {
      throw new Failure(
          "the kubeconfig's client key %s cannot be read: %s"
              .formatted(config.getClientKeyFile(), e.getMessage()),
          "",
          e);
    }
  }
}
