{
  description = "Local-first observability for AI agents: the command and the collector";

  # nix run 'github:OWNER/REPOSITORY?dir=telemetry-collector/deploy/nix' -- collector serve
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      top = ../../..;
      manifest = builtins.fromTOML (builtins.readFile (top + "/Cargo.toml"));
    in
    {
      packages = each (pkgs: rec {
        default = telemetry;
        telemetry = pkgs.rustPlatform.buildRustPackage {
          pname = "telemetry";
          version = manifest.workspace.package.version;
          src = pkgs.lib.cleanSource top;
          cargoLock.lockFile = top + "/Cargo.lock";
          cargoBuildFlags = [ "--package" "telemetry-cli" "--bin" "telemetry" ];
          buildFeatures = [ "collector" ];
          # They start databases, browsers and hosts: scripts/test.
          doCheck = false;
          meta = {
            inherit (manifest.workspace.package) description;
            license = with pkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "telemetry";
          };
        };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          packages = with pkgs; [ cargo clippy postgresql python3 rustc rustfmt ];
        };
      });

      formatter = each (pkgs: pkgs.nixfmt-rfc-style);
    };
}
