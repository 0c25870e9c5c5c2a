/** Of the environment of this process, what a script may see: where programs and libraries are, language and threads. No secrets. */
const PASSED =
  /^(PATH|HOME|USER|LANG|LC_[A-Z]+|TZ|TMPDIR|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|SSL_CERT_(FILE|DIR)|(OMP|MKL|OPENBLAS|NUMEXPR|VECLIB)_[A-Z_]+|CUDA_[A-Z_]+|NVIDIA_[A-Z_]+|XLA_[A-Z_]+)$/;

/** What an installer may see besides: where packages come from, which may need a password that is its own affair. */
const FOR_INSTALLERS =
  /^((PIP|UV)_[A-Z_]+|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|XDG_[A-Z_]+)$/;

/** The environment of a program, with what is added to it. */
export function surroundings(
  added: Readonly<Record<string, string>> = {},
  installer = false,
): Record<string, string> {
  const passed = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && (PASSED.test(name) || (installer && FOR_INSTALLERS.test(name)))
      ? [[name, value] as const]
      : [],
  );
  return {
    ...Object.fromEntries(passed),
    ...{ PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', MPLBACKEND: 'Agg' },
    ...added,
  };
}
