// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let numerics = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A module of the library: `Sources/NAME`, tested by `Tests/NAMETests`.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The tests of a module; tables made elsewhere live in `Tests/Reference` and are found from the source path.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: dependencies + ["JSON", "TestSupport"], swiftSettings: house)
}

let package = Package(
  name: "RewardGauge",
  products: [
    .library(name: "RewardGauge", targets: ["RewardGauge"]),
    .library(name: "RewardTesting", targets: ["RewardTesting"]),
    .executable(name: "rewardgauge", targets: ["rewardgauge"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // The border to native code.
    .systemLibrary(name: "CLapack", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CKLU", providers: [.apt(["libsuitesparse-dev"])]),
    .systemLibrary(name: "CFlint", providers: [.apt(["libflint-dev"])]),
    .systemLibrary(name: "CClp", providers: [.apt(["coinor-libclp-dev"])]),
    .systemLibrary(name: "CZip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

    // The library, ground floor first; a module imports only what stands above it in this list.
    module("JSON", []),
    module("LinearAlgebra", ["CLapack", "CKLU", "CFlint", numerics]),
    module("LinearPrograms", ["LinearAlgebra", "CClp"]),
    module("MDPs", ["LinearAlgebra"]),
    module("MDPSolvers", ["MDPs", "LinearPrograms", "LinearAlgebra", numerics]),
    module("Simulation", ["LinearAlgebra", numerics]),
    module(
      "RewardDistances",
      ["JSON", "MDPSolvers", "MDPs", "LinearPrograms", "LinearAlgebra", "Simulation", numerics]),
    module("RewardInvariance", ["RewardDistances", "MDPSolvers", "MDPs", "LinearAlgebra", numerics]),
    module("Bandits", ["Simulation", "MDPSolvers", "MDPs", "LinearAlgebra", numerics]),
    module("OnlineMatching", ["Simulation", "MDPSolvers", "MDPs", "LinearPrograms", "LinearAlgebra", numerics]),
    module("Exploration", ["Simulation", "MDPSolvers", "MDPs", "LinearPrograms", "LinearAlgebra", numerics]),
    module(
      "Files",
      [
        "JSON", "MDPs", "MDPSolvers", "RewardDistances", "Bandits", "OnlineMatching", "Exploration", "Simulation",
        "LinearAlgebra", "CZip", "CZlib",
      ]),
    module(
      "Reports",
      [
        "Files", "JSON", "MDPs", "MDPSolvers", "RewardDistances", "RewardInvariance", "Simulation", "Bandits",
        "OnlineMatching", "Exploration", "LinearAlgebra", numerics,
      ]),
    module("RewardTesting", ["RewardInvariance", "RewardDistances", "MDPs", "LinearAlgebra"]),
    module(
      "RewardGauge",
      [
        "JSON", "LinearAlgebra", "LinearPrograms", "MDPs", "MDPSolvers", "RewardDistances", "RewardInvariance",
        "Simulation",
        "Bandits", "OnlineMatching", "Exploration", "Files", "Reports",
      ]),
    .executableTarget(name: "rewardgauge", dependencies: ["RewardGauge", argumentParser], swiftSettings: house),

    // What several test targets share: the folder of reference tables, random problems by seed.
    .target(
      name: "TestSupport", dependencies: ["JSON", "MDPs", "LinearAlgebra"], path: "Tests/TestSupport",
      swiftSettings: house),
    tests("JSON", []),
    tests("LinearAlgebra", ["LinearAlgebra"]),
    tests("LinearPrograms", ["LinearPrograms", "LinearAlgebra"]),
    tests("MDPs", ["MDPs", "LinearAlgebra"]),
    tests("MDPSolvers", ["MDPSolvers", "MDPs", "Files", "LinearAlgebra"]),
    tests("RewardDistances", ["RewardDistances", "Reports", "MDPSolvers", "MDPs", "Files", "LinearAlgebra"]),
    tests("RewardInvariance", ["RewardInvariance", "RewardDistances", "MDPSolvers", "MDPs", "Files", "LinearAlgebra"]),
    tests("Simulation", ["Simulation"]),
    tests("Bandits", ["Bandits", "Simulation", "MDPSolvers", "MDPs", "Files"]),
    tests("OnlineMatching", ["OnlineMatching", "Simulation", "MDPSolvers", "MDPs", "LinearPrograms", "Files"]),
    tests("Exploration", ["Exploration", "Simulation", "MDPSolvers", "MDPs", "Files", "LinearAlgebra"]),
    tests("Files", ["Files", "MDPs", "LinearAlgebra"]),
    tests("Reports", ["Reports", "RewardDistances", "MDPSolvers", "MDPs"]),
    // Runs the built command as a user would: the contract of names, keys and exit codes.
    tests("CommandLine", ["RewardGauge", "rewardgauge"]),
  ]
)
