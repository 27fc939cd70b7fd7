# SPDX-License-Identifier: BSL-1.0
import pathlib
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class Tollgate(ConanFile):
    name = "tollgate"
    description = "The gate between Confirm & Render and the provider: credits, holds and jobs"
    license = "BSL-1.0"
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    options = {part: [True, False] for part in ("json", "wide", "sqlite", "postgres")}
    default_options = {"json": False, "wide": False, "sqlite": False, "postgres": False}
    exports = "include/tollgate/version.hpp"
    exports_sources = "CMakeLists.txt", ".cmake/*", "include/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        header = pathlib.Path(self.recipe_folder, "include", "tollgate", "version.hpp").read_text()
        self.version = ".".join(re.findall(r"#define TOLLGATE_VERSION_\w+ (\d+)", header))

    def requirements(self):
        self.requires("tl-expected/1.1.0")
        if self.options.json:
            self.requires("nlohmann_json/3.11.3")
        if self.options.wide:
            self.requires("boost/1.84.0", options={"header_only": True})
        if self.options.sqlite:
            self.requires("sqlite3/3.45.3")
        if self.options.postgres:
            self.requires("libpq/15.5")

    def build_requirements(self):
        # What the tests and benchmarks of this repository need; a package needs none of it.
        self.test_requires("catch2/3.5.2")
        self.test_requires("rapidcheck/cci.20230815")
        self.test_requires("benchmark/1.8.3")

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "BENCHMARKS", "EXAMPLES"):
            toolchain.cache_variables[f"TOLLGATE_BUILD_{part}"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def package(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.install()

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "tollgate")
        core = self.cpp_info.components["tollgate"]
        core.set_property("cmake_target_name", "tollgate::tollgate")
        core.requires = ["tl-expected::tl-expected"]
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread"]
        needs = {
            "json": "nlohmann_json::nlohmann_json",
            "wide": "boost::headers",
            "sqlite": "sqlite3::sqlite3",
            "postgres": "libpq::libpq",
        }
        for part, library in needs.items():
            if self.options.get_safe(part):
                component = self.cpp_info.components[part]
                component.set_property("cmake_target_name", f"tollgate::{part}")
                component.requires = ["tollgate", library]
