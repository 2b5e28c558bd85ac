//! The films of the movie board.

/// A film on the movie board, as it is meant: without markup, entities, labels.
///
/// ```
/// let first = &site::movies()[0];
/// assert_eq!(first.index, 1);
/// assert_eq!(first.title, "霸王别姬");
/// assert_eq!(first.actors, "张国荣,张丰毅,巩俐");
/// assert_eq!(first.release_time, "1993-01-01");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movie {
    /// Its place on the board, from 1.
    pub index: u32,
    /// Its title, in the language of the film.
    pub title: String,
    /// Who plays in it, with a comma between two.
    pub actors: String,
    /// When it was first shown to the public: a day or a year, some with the
    /// country behind it.
    pub release_time: String,
}

/// The 50 films of the movie board, in its order.
///
/// ```
/// let movies = site::movies();
/// assert_eq!(movies.len(), 50);
/// assert_eq!(movies[31].title, "Thelma & Louise");
/// ```
pub fn movies() -> Vec<Movie> {
    let movie = |(index, &(title, actors, time)): (u32, &(&str, &str, &str))| Movie {
        index,
        title: title.to_string(),
        actors: actors.to_string(),
        release_time: time.to_string(),
    };
    (1..).zip(&MOVIES).map(movie).collect()
}

/// Title, actors, and when it was first shown.
#[rustfmt::skip]
const MOVIES: [(&str, &str, &str); 50] = [
    ("霸王别姬", "张国荣,张丰毅,巩俐", "1993-01-01"),
    ("The Shawshank Redemption", "Tim Robbins,Morgan Freeman,Bob Gunton", "1994-09-10(加拿大)"),
    ("Léon", "Jean Reno,Gary Oldman,Natalie Portman", "1994-09-14(法国)"),
    ("Roman Holiday", "Gregory Peck,Audrey Hepburn,Eddie Albert", "1953"),
    ("Le Fabuleux Destin d’Amélie Poulain", "Audrey Tautou,Mathieu Kassovitz,Rufus", "2001-04-25(法国)"),
    ("千と千尋の神隠し", "柊瑠美,入野自由,夏木マリ", "2001-07-20(日本)"),
    ("La vita è bella", "Roberto Benigni,Nicoletta Braschi,Giorgio Cantarini", "1997-12-20(意大利)"),
    ("Lola rennt", "Franka Potente,Moritz Bleibtreu,Herbert Knaup", "1998-08-20(德国)"),
    ("七人の侍", "三船敏郎,志村喬,津島恵子", "1954-04-26(日本)"),
    ("Das Leben der Anderen", "Ulrich Mühe,Martina Gedeck,Sebastian Koch", "2006-03-23(德国)"),
    ("Сталкер", "Александр Кайдановский,Анатолий Солоницын,Николай Гринько", "1979"),
    ("Ladri di biciclette", "Lamberto Maggiorani,Enzo Staiola,Lianella Carell", "1948"),
    ("Modern Times", "Charlie Chaplin,Paulette Goddard,Henry Bergman", "1936-02-05(美国)"),
    ("花样年华", "梁朝伟,张曼玉", "2000-09-29"),
    ("Metropolis", "Brigitte Helm,Alfred Abel,Gustav Fröhlich", "1927-01-10(德国)"),
    ("Les Parapluies de Cherbourg", "Catherine Deneuve,Nino Castelnuovo,Anne Vernon", "1964-02-19(法国)"),
    ("Det sjunde inseglet", "Max von Sydow,Gunnar Björnstrand,Bengt Ekerot", "1957-02-16(瑞典)"),
    ("WALL·E", "Ben Burtt,Elissa Knight,Jeff Garlin", "2008-06-27(美国)"),
    ("Броненосец «Потёмкин»", "Александр Антонов,Владимир Барский,Григорий Александров", "1925"),
    ("Todo sobre mi madre", "Cecilia Roth,Marisa Paredes,Penélope Cruz", "1999-04-16(西班牙)"),
    ("기생충", "송강호,이선균,조여정", "2019-05-30(韩国)"),
    ("卧虎藏龙", "周润发,杨紫琼,章子怡", "2000"),
    ("Fanny och Alexander", "Bertil Guve,Pernilla Allwin,Ewa Fröling", "1982-12-17(瑞典)"),
    ("Casablanca", "Humphrey Bogart,Ingrid Bergman,Paul Henreid", "1942-11-26(美国)"),
    ("8½", "Marcello Mastroianni,Claudia Cardinale,Anouk Aimée", "1963"),
    ("পথের পাঁচালী", "Kanu Banerjee,Karuna Banerjee,Subir Banerjee", "1955"),
    ("Nuovo Cinema Paradiso", "Philippe Noiret,Salvatore Cascio,Marco Leonardi", "1988-11-17(意大利)"),
    ("The Gold Rush", "Charlie Chaplin,Mack Swain,Georgia Hale", "1925"),
    ("Der Himmel über Berlin", "Bruno Ganz,Solveig Dommartin,Otto Sander", "1987"),
    ("東京物語", "笠智衆,東山千栄子,原節子", "1953-11-03(日本)"),
    ("Orfeu Negro", "Breno Mello,Marpessa Dawn,Lourdes de Oliveira", "1959"),
    ("Thelma & Louise", "Susan Sarandon,Geena Davis,Harvey Keitel", "1991-05-24(美国)"),
    ("Les Quatre Cents Coups", "Jean-Pierre Léaud,Claire Maurier,Albert Rémy", "1959"),
    ("Ostře sledované vlaky", "Václav Neckář,Josef Somr,Vlastimil Brodský", "1966"),
    ("Popiół i diament", "Zbigniew Cybulski,Ewa Krzyżewska,Wacław Zastrzeżyński", "1958"),
    ("All About Eve", "Bette Davis,Anne Baxter,George Sanders", "1950"),
    ("Το βλέμμα του Οδυσσέα", "Harvey Keitel,Erland Josephson,Maia Morgenstern", "1995"),
    ("饮食男女", "郎雄,杨贵媚,吴倩莲", "1994"),
    ("M – Eine Stadt sucht einen Mörder", "Peter Lorre,Ellen Widmann,Inge Landgut", "1931-05-11(德国)"),
    ("Singin’ in the Rain", "Gene Kelly,Debbie Reynolds,Donald O’Connor", "1952"),
    ("Babettes gæstebud", "Stéphane Audran,Bodil Kjer,Birgitte Federspiel", "1987"),
    ("となりのトトロ", "日髙のり子,坂本千夏,糸井重里", "1988-04-16(日本)"),
    ("El laberinto del fauno", "Ivana Baquero,Sergi López,Maribel Verdú", "2006"),
    ("جدایی نادر از سیمین", "Peyman Maadi,Leila Hatami,Sareh Bayat", "2011"),
    ("Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb", "Peter Sellers,George C. Scott,Sterling Hayden", "1964-01-29(美国)"),
    ("Mies vailla menneisyyttä", "Markku Peltola,Kati Outinen,Juhani Niemelä", "2002-03-01(芬兰)"),
    ("Central do Brasil", "Fernanda Montenegro,Vinícius de Oliveira,Marília Pêra", "1998"),
    ("Good Bye, Lenin!", "Daniel Brühl,Katrin Sass,Chulpan Khamatova", "2003-02-13(德国)"),
    ("The General", "Buster Keaton,Marion Mack,Glen Cavender", "1926"),
    ("Nosferatu – Eine Symphonie des Grauens", "Max Schreck,Gustav von Wangenheim,Greta Schröder", "1922-03-04(德国)"),
];
