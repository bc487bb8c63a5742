"""What LaTeX is told before the first page: heads, numbers, columns, where a page may end."""

from __future__ import annotations

from pathlib import Path

import yaml
from sphinx.util import texescape

from companion.entrance.tongue import ENGLISH, mark, say, speaking

PREAMBLE = r"""
\usepackage{etoolbox,newunicodechar}
\newunicodechar{^^^^200b}{\allowbreak}
\setcounter{tocdepth}{1}
\emergencystretch=3em
\makeatletter
% Letters of Japanese and Chinese are a class of their own, and so are their marks.
\newXeTeXintercharclass\bookcjk \newXeTeXintercharclass\bookmarks
\newcommand\bookclass[3]{\count@=#2\relax\loop\XeTeXcharclass\count@=#1\advance\count@\@ne
  \ifnum\count@<#3\repeat}
\bookclass\bookmarks{"3000}{"3040}\bookclass\bookcjk{"3040}{"A000}\bookclass\bookmarks{"FF00}{"FFF0}
\XeTeXinterchartokenstate=\@ne
% Chapters have numbers where they have them on the web; what stands outside is numbered on its own.
\newcommand\booknumbered{\setcounter{secnumdepth}{2}%
  \gdef\thefigure{\thechapter.\arabic{figure}}\gdef\thetable{\thechapter.\arabic{table}}%
  \gdef\theHfigure{\thefigure}\gdef\theHtable{\thetable}}
\newcommand\bookunnumbered{\ifnum\c@secnumdepth>\m@ne\setcounter{figure}{0}\setcounter{table}{0}\fi
  \setcounter{secnumdepth}{-2}\gdef\thefigure{\arabic{figure}}\gdef\thetable{\arabic{table}}%
  \gdef\theHfigure{outside.\thefigure}\gdef\theHtable{outside.\thetable}}
\newcommand\bookpart[1]{\cleardoublepage\bookunnumbered\part{#1}}
\newcommand\booknumberedpart[1]{\cleardoublepage\booknumbered\part{#1}}
% The head names the chapter, the foot the section.
\fancypagestyle{normal}{\fancyhf{}%
  \def\chaptermark##1{\markboth{\ifnum\c@secnumdepth>\m@ne\thechapter.\ \fi ##1}{}}%
  \fancyhead[R]{{\py@HeaderFamily\nouppercase{\leftmark}}}%
  \fancyfoot[L]{{\py@HeaderFamily\nouppercase{\rightmark}}}%
  \fancyfoot[R]{{\py@HeaderFamily\thepage}}%
  \renewcommand{\headrulewidth}{0.4pt}\renewcommand{\footrulewidth}{0.4pt}}
% A tall picture leaves the caption its room.
\AtBeginDocument{\spx@image@maxheight=.72\textheight}
% A page is filled before a section or a list begins the next one, and no line stands alone.
\@secpenalty=0 \@beginparpenalty=0 \@endparpenalty=0 \@itempenalty=0
\widowpenalty=10000 \clubpenalty=10000
% Every page may be short, so that TeX counts no place as too early and takes the last one.
\topskip=10pt plus .0001fil
\AtBeginDocument{\def\@textbottom{\vskip\z@\@plus1fil}}
\patchcmd\fb@afterframe{\penalty-30}{\penalty\z@}{}{\errmessage{framed.sty has changed}}
\patchcmd\pysigstopsignatures{\penalty-100}{\nobreak}{}{\errmessage{Sphinx has changed}}
% Begin a new page unless so much of this one is left.
\newcommand\bookneed[1]{\par\begingroup\dimen@=#1\relax
  \if@nobreak\nobreak\else\penalty\z@\fi
  \vskip\dimen@\penalty9999\vskip-\dimen@\vskip\z@skip\endgroup}
\let\needspace\bookneed
% The tag by which the text speaks of a cell, small above it.
\newcommand\booktag[1]{\par\noindent\hfill{\fontsize{6.5}{7}\selectfont\ttfamily #1}\par
  \nobreak\vskip-3pt\nobreak}
% So a heading has text below it. What titlesec does for that loses text beside pictures.
\renewcommand\bottomtitlespace{-1pt}
\newcommand\sectionbreak{\bookneed{80pt}}
\newcommand\subsectionbreak{\bookneed{70pt}}
\newcommand\subsubsectionbreak{\bookneed{60pt}}
\renewcommand\sphinxliteralblockwithoutcaptionneedspace{3\baselineskip}
% Pictures stand with text; a page of pictures alone begins at its top.
\renewcommand\topfraction{.85}\renewcommand\bottomfraction{.7}\renewcommand\textfraction{.1}
\renewcommand\floatpagefraction{.8}
\setlength\@fptop{\z@}\setlength\@fpbot{\z@ \@plus 1fil}
% Columns are narrow: ragged on their right, and a short word keeps its width.
\newcolumntype{T}{L}
\newcolumntype{\X}[2]{>{\raggedright\arraybackslash}p{\dimexpr
  (\linewidth-\spx@arrayrulewidth)*#1/#2-\tw@\tabcolsep-\spx@arrayrulewidth\relax}}
\newcolumntype{\Y}[1]{>{\raggedright\arraybackslash}p{\dimexpr
  #1\dimexpr\linewidth-\spx@arrayrulewidth\relax-\tw@\tabcolsep-\spx@arrayrulewidth\relax}}
\setlength{\tymin}{40pt}
% A title of a box has as many lines as it needs.
\def\bookrow[#1][#2]#3{\parbox{#1}{\raggedright#3}}
\patchcmd\sphinxdotitlerowwithicon{\makebox}{\bookrow}{}{\errmessage{Sphinx has changed}}
% A table that goes on says so without its number: most have none.
\def\bookcontinued#1\textendash#2\textendash#3\end{\textsf{\ifx\end#2\end#1\else#2\fi}}
\renewcommand\sphinxtablecontinued[1]{\bookcontinued#1\textendash\textendash\end}
\makeatother
"""
#: By language: its fonts, and what a line is where it meets words of another one.
FONTS = {
    ENGLISH: r"""
% No hyphen is put into a name.
\setmonofont{FreeMono}[Extension=.otf, UprightFont=*, ItalicFont=*Oblique, BoldFont=*Bold,
  BoldItalicFont=*BoldOblique, HyphenChar=None]
\newfontfamily\bookcjkfont{Noto Sans CJK JP}
\makeatletter
\newcommand\bookforeign[1]{%
  \XeTeXinterchartoks #1 \bookcjk={\begingroup\bookcjkfont}%
  \XeTeXinterchartoks \bookcjk #1={\endgroup}}
\bookforeign\z@\bookforeign\bookmarks\bookforeign\e@alloc@intercharclass@top
\makeatother
""",
    "ja": r"""
\setmainfont{Noto Serif CJK JP}[ItalicFont={Noto Sans CJK JP}, BoldFont={Noto Sans CJK JP Bold},
  BoldItalicFont={Noto Sans CJK JP Bold}, RawFeature=+chws]
\setsansfont{Noto Sans CJK JP}[ItalicFont=*, BoldItalicFont=* Bold, RawFeature=+chws]
\setmonofont{Noto Sans Mono CJK JP}[ItalicFont=*, BoldItalicFont=* Bold, HyphenChar=None]
% Lines break between any two letters but for the marks; a thin space parts Latin from Japanese.
\XeTeXlinebreaklocale "ja"
\XeTeXlinebreakskip=0pt plus .1em
\newcommand\bookthin{\hskip.125em plus.06em minus.06em\relax}
\XeTeXinterchartoks 0 \bookcjk={\bookthin}
\XeTeXinterchartoks \bookcjk 0={\bookthin}
\linespread{1.25}\selectfont
% Its letters are twice as wide: a title is to stay on one line.
\renewcommand\Huge{\fontsize{20}{28}\selectfont}
\renewcommand\today{\number\year 年\number\month 月\number\day 日}
""",
}
TITLE = r"""
\makeatletter
\hypersetup{pageanchor=false, pdftitle={\@title}, pdfauthor={\@author},
  pdfsubject={%(subject)s}, pdfkeywords={%(keywords)s}}
\begin{titlepage}\raggedright\sffamily
\vspace*{0.12\textheight}
{\bfseries\Huge \@title\par}
\vspace{1.5em}{\Large %(subject)s\par}
\vspace{0.1\textheight}
\noindent\includegraphics[width=.8\linewidth]{touch_facts.pdf}\par
\vfill
{\large \@author\par}\medskip
%(version)s, \today\par
\medskip %(licence)s\par
\end{titlepage}
\hypersetup{pageanchor=true}
\makeatother
"""
ELEMENTS = {
    "papersize": "a4paper", "extraclassoptions": "openany,oneside", "fncychap": "",
    # A line of 77 letters fits, in a box within a box too.
    "fvset": r"\fvset{fontsize=\fontsize{8.2}{10}\selectfont}",
    "printindex": r"\scriptsize\raggedright\printindex",
}  # fmt: skip
#: What the work is called, in CITATION.cff.
NAME = mark("factrank: a Jupyter Book companion to 'Paying Attention to Facts'")


def elements(language: str, citation: Path) -> dict[str, str]:
    """Return what a book in a language asks of LaTeX; the citation file says what the book is."""
    with speaking(language):
        contents = say("Contents")  # Sphinx would name them after the first part
    found = {
        **ELEMENTS,
        "preamble": f"{PREAMBLE}\\hypersetup{{pdflang={language}}}{FONTS[language]}",
        "tableofcontents": rf"\renewcommand{{\contentsname}}{{{contents}}}\sphinxtableofcontents",
        "maketitle": title_page(language, citation),
    }
    if language != ENGLISH:
        # What polyglossia would change is said above; an index would repeat the glossary.
        found |= {"polyglossia": "", "fontpkg": "", "printindex": ""}
    return found


def title_page(language: str, citation: Path) -> str:
    """Return the title page and what the file says of itself, from the citation file."""
    cff = yaml.safe_load(citation.read_text(encoding="utf-8"))
    name = cff["title"]
    with speaking(language):
        fields = {
            "subject": say(name),
            "version": say("version {number}", number=cff["version"]),
            "licence": say("Text and figures: CC BY 4.0. Code: MIT."),
            "keywords": ", ".join(cff["keywords"]),
        }
    texescape.init()  # the builder does it later
    return TITLE % {name: texescape.escape(str(text)) for name, text in fields.items()}
