/** What old releases of a package need beside them, and do not say themselves. */
export type KnownCompanions = {
  readonly package: string;
  /** Releases before this one. Of several that fit, all count. */
  readonly below: string;
  /** Requirements that old releases could not know of: later releases broke them. */
  readonly requirements: readonly string[];
  /** The Pythons that wheels of those releases exist for. */
  readonly python: string;
};

/**
 * Kept by hand: each line was found by installing the releases named and importing them. mlflow 2.18 and later need nothing.
 * pkg_resources is in setuptools before 81; `np.object` in numpy before 1.24; protobuf before 3.21 reads what older
 * releases of its compiler made.
 */
export const KNOWN_COMPANIONS: readonly KnownCompanions[] = [
  { package: "mlflow", below: "2.18", requirements: ["setuptools<81"], python: "<3.12" },
  {
    package: "mlflow",
    below: "2",
    requirements: ["numpy<2", "pandas<2", "sqlalchemy<2", "flask<2.3", "werkzeug<3"],
    python: "<3.12",
  },
  { package: "mlflow", below: "1.28", requirements: ["protobuf<3.21"], python: "<3.12" },
  { package: "mlflow", below: "1.25", requirements: ["numpy<1.24"], python: "<3.12" },
];
